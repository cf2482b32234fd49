# Aliases only: nothing works through this file alone.

# what CI runs before the tests
check:
    uv run ruff check .
    uv run ruff format --check .
    uv run lint-imports
    uv run mypy

# the tests that need neither Java nor a network
test:
    uv run pytest

# rebuild ontology/build (needs Java and Konclude)
ontology:
    uv run --group reasoner python -m ontology.compiler

# write requirements.txt after a change of dependencies or of exclude-newer
requirements:
    uv export --quiet --no-emit-project --no-default-groups --no-header --format requirements-txt --output-file requirements.txt

# everything that CI runs
ci:
    bash .ci/run
