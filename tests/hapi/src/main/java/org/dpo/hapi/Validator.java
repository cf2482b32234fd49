package org.dpo.hapi;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * Validates R4 resources against the base profiles and the ones given, offline.
 *
 * <p>Arguments are files and folders of conformance resources as JSON. Says
 * {@code ready N}, N being how many it has read; then answers each line of standard
 * input, a resource as JSON, with one line: a list of issues, each with
 * {@code severity}, {@code location} (a FHIRPath) and {@code message}.
 */
public final class Validator {
    private static final Set<String> READ =
            Set.of("CodeSystem", "ConceptMap", "StructureDefinition", "ValueSet");

    private static final Gson STRICT =
            new GsonBuilder().setStrictness(Strictness.STRICT).create();

    private final FhirContext context = FhirContext.forR4();
    private final PrePopulatedValidationSupport given = new PrePopulatedValidationSupport(context);
    private final FhirValidator validator;

    private Validator() {
        FhirInstanceValidator instances = new FhirInstanceValidator(new ValidationSupportChain(
                given,
                new DefaultProfileValidationSupport(context),
                new CommonCodeSystemsTerminologyService(context),
                new InMemoryTerminologyServerValidationSupport(context),
                new SnapshotGeneratingValidationSupport(context)));
        instances.setAnyExtensionsAllowed(false);
        instances.setErrorForUnknownProfiles(true);
        validator = context.newValidator().registerValidatorModule(instances);
    }

    public static void main(String[] arguments) throws IOException {
        PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Validator validator = new Validator();
        int read = 0;
        for (String argument : arguments) {
            read += validator.readAll(Path.of(argument));
        }
        output.println("ready " + read);
        BufferedReader input =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            output.println(validator.issues(line));
        }
    }

    /** Reads a file, or all JSON files below a folder; of these, other resources are left. */
    private int readAll(Path path) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(path)) {
            files = found.filter(Files::isRegularFile)
                    .filter(file -> file.equals(path) || file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        int read = 0;
        for (Path file : files) {
            if (read(file)) {
                read++;
            }
        }
        return read;
    }

    private boolean read(Path file) throws IOException {
        String text = Files.readString(file);
        JsonObject resource = STRICT.fromJson(text, JsonObject.class);
        if (!resource.has("resourceType")
                || !READ.contains(resource.get("resourceType").getAsString())) {
            System.err.println("not a conformance resource: " + file);
            return false;
        }
        IParser strict = context.newJsonParser().setParserErrorHandler(new StrictErrorHandler());
        try {
            given.addResource(strict.parseResource(text));
        } catch (DataFormatException wrong) {
            throw new IOException(file + ": " + wrong.getMessage(), wrong);
        }
        return true;
    }

    /** The text is validated as it is, not what a parser made of it: it hides nothing. */
    private JsonArray issues(String line) {
        JsonArray issues = new JsonArray();
        String flaw = flaw(line);
        if (flaw != null) {
            issues.add(issue("fatal", "", flaw));
            return issues;
        }
        for (SingleValidationMessage found : validator.validateWithResult(line).getMessages()) {
            issues.add(issue(
                    found.getSeverity().getCode(), found.getLocationString(), found.getMessage()));
        }
        return issues;
    }

    /** Why a line is no JSON object, or null. */
    private static String flaw(String line) {
        try {
            // Gson reads the whole text or throws.
            JsonElement read = STRICT.fromJson(line, JsonElement.class);
            return read != null && read.isJsonObject() ? null : "A resource is a JSON object.";
        } catch (JsonParseException wrong) {
            return "This is not JSON: " + wrong.getMessage();
        }
    }

    private static JsonObject issue(String severity, String location, String message) {
        JsonObject issue = new JsonObject();
        issue.addProperty("severity", severity);
        issue.addProperty("location", location == null ? "" : location);
        issue.addProperty("message", message);
        return issue;
    }
}
