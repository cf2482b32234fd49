package org.dpo.hapi;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * A HAPI FHIR R4 server on 127.0.0.1: {@code Server PORT}, 0 for a port of the system's.
 *
 * <p>Says {@code ready BASE} once it answers, and ends on SIGTERM with its data written.
 */
public final class Server {
    private static final String HOST = "127.0.0.1";

    private Server() {}

    public static void main(String[] arguments) throws Exception {
        AnnotationConfigApplicationContext storage =
                new AnnotationConfigApplicationContext(Storage.class);
        org.eclipse.jetty.server.Server jetty = new org.eclipse.jetty.server.Server();
        ServerConnector connector = new ServerConnector(jetty);
        connector.setHost(HOST);
        connector.setPort(Integer.parseInt(arguments[0]));
        // Opened here, since the server has to know its own address.
        connector.open();
        jetty.addConnector(connector);

        String base = "http://" + HOST + ":" + connector.getLocalPort() + "/fhir";
        ServletContextHandler paths = new ServletContextHandler();
        paths.addServlet(new ServletHolder(servlet(storage, base)), "/fhir/*");
        jetty.setHandler(paths);
        jetty.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(jetty, storage)));
        System.out.println("ready " + base);
        jetty.join();
    }

    private static void stop(
            org.eclipse.jetty.server.Server jetty, AnnotationConfigApplicationContext storage) {
        try {
            jetty.stop();
        } catch (Exception failure) {
            failure.printStackTrace();
        } finally {
            storage.close();
        }
    }

    private static RestfulServer servlet(
            AnnotationConfigApplicationContext storage, String base) {
        RestfulServer server = new RestfulServer(storage.getBean(FhirContext.class));
        server.setServerAddressStrategy(new HardcodedServerAddressStrategy(base));
        server.registerProviders(storage.getBean(ResourceProviderFactory.class).createProviders());
        server.registerProvider(storage.getBean(JpaSystemProvider.class));
        server.setPagingProvider(storage.getBean(DatabaseBackedPagingProvider.class));
        server.setServerConformanceProvider(new JpaCapabilityStatementProvider(
                server,
                storage.getBean(IFhirSystemDao.class),
                storage.getBean(JpaStorageSettings.class),
                storage.getBean(ISearchParamRegistry.class),
                storage.getBean(IValidationSupport.class)));
        return server;
    }
}
