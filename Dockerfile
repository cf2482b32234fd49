# The service as an image: `docker build -t dpo-reasoner .`
#
# Each command is in exec form and each path is absolute or in WORKDIR, so that
# tests/test_image_steps.py can carry the same steps out where there is no docker engine.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# Times inside the wheel: fixed, so that the same sources give the same bytes.
ENV SOURCE_DATE_EPOCH=1704067200
WORKDIR /src
RUN ["python", "-m", "venv", "/opt/build"]
# Without an installer: the service installs nothing.
RUN ["python", "-m", "venv", "--without-pip", "/opt/dpo"]
COPY requirements.txt deploy/build-requirements.txt ./
RUN ["/opt/build/bin/pip", "install", "--require-hashes", "--only-binary=:all:", "-r", "build-requirements.txt"]
RUN ["/opt/build/bin/pip", "--python", "/opt/dpo/bin/python", "install", "--require-hashes", "--only-binary=:all:", "-r", "requirements.txt"]
COPY pyproject.toml README.md LICENSE ./
COPY ontology ./ontology
COPY service ./service
RUN ["/opt/build/bin/pip", "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", "/wheels", "."]
RUN ["/opt/build/bin/pip", "--python", "/opt/dpo/bin/python", "install", "--no-deps", "--no-index", "--find-links", "/wheels", "dpo-reasoner"]

FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="DPO Reasoner"
LABEL org.opencontainers.image.description="Suggested interpretations of diffuse pulmonary ossification. Not a medical device."
LABEL org.opencontainers.image.licenses="Apache-2.0 AND CC-BY-4.0"
LABEL org.opencontainers.image.url="https://w3id.org/pulmonary-ossification/"
COPY --from=build /opt/dpo /opt/dpo
COPY LICENSE /usr/share/doc/dpo-reasoner/LICENSE
ENV PATH=/opt/dpo/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# A number, so that a cluster can see that it is not root; it owns no file.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
CMD ["dpo", "serve", "--host", "0.0.0.0", "--port", "8000"]
