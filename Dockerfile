# The images of Govah: base for all services, pdf with Pango and fonts for the PDF worker, edge with nginx, egress
# with Apache httpd.
# A container's command picks its role: see compose.yaml. Nothing here needs BuildKit.

# Sites without internet name their own registry ("images.example/") and package mirrors.
ARG REGISTRY=""
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NGINX_IMAGE=nginx:1

FROM ${REGISTRY}${PYTHON_IMAGE} AS wheels
ARG PIP_INDEX_URL
ENV PYTHONUNBUFFERED=1
# Volumes take over whom these folders belong to.
RUN groupadd --gid 10001 govah \
 && useradd --uid 10001 --gid govah --no-create-home --home-dir /srv/govah --shell /usr/sbin/nologin govah \
 && install -d -m 0700 -o govah -g govah /var/lib/govah/objects /var/lib/govah/token-keys \
    /var/lib/govah/peppers /var/lib/govah/messages /var/lib/govah/endings \
    /var/lib/govah/records-objects /var/lib/govah/disclosure-objects /var/lib/govah/inquiry-objects
WORKDIR /srv/govah
COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --only-binary=:all: --require-hashes -r requirements/base.txt

FROM wheels AS base
LABEL org.opencontainers.image.title="Govah" org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE NOTICE ./
COPY deploy/compose deploy/compose
COPY contracts/events*.yaml contracts/
COPY client/govah_client govah_client
COPY verify/govah_verify govah_verify
COPY gateway gateway
COPY govah govah
COPY services services
RUN python -m compileall -q services gateway govah govah_client govah_verify deploy
COPY pyproject.toml ./
USER 10001:10001
ENTRYPOINT ["/srv/govah/deploy/compose/entrypoint.sh"]
# At the end of each image, so that a new revision builds nothing else again.
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
ENV GOVAH_REVISION=$REVISION
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.created=$CREATED

# For the backup timer: PostgreSQL's own programs, and a program that seals what they write.
FROM base AS backup
USER root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends age postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -m 0700 -o govah -g govah /var/backup
USER 10001:10001

FROM ${REGISTRY}${PYTHON_IMAGE} AS assets
ARG PIP_INDEX_URL
ARG NPM_CONFIG_REGISTRY
# Node trusts only its own certificates unless the system's are named.
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
WORKDIR /srv/govah
COPY deploy/assets.py deploy/
# What `make assets` has fetched is not fetched again; the first file only keeps the pattern from matching none.
COPY pyproject.toml asset[s] assets/
RUN python deploy/assets.py && rm assets/pyproject.toml

FROM base AS portal
LABEL org.opencontainers.image.title="Govah portal"
COPY --from=assets /srv/govah/assets assets

FROM wheels AS docs
COPY --from=assets /srv/govah/assets assets
COPY contracts contracts
COPY gateway gateway
RUN python -m gateway.docs /srv/docs

FROM ${REGISTRY}${NGINX_IMAGE} AS edge
LABEL org.opencontainers.image.title="Govah edge" org.opencontainers.image.licenses="Apache-2.0"
# A volume takes over whom this folder belongs to.
RUN install -d -m 0700 -o 101 -g 101 /var/lib/govah/incidents
COPY gateway/edge/nginx /srv/edge
COPY LICENSE NOTICE /srv/edge/
COPY --from=docs /srv/docs /srv/edge/docs
USER 101:101
ENTRYPOINT ["/srv/edge/start.sh"]
# nginx then answers what it has begun. Kubernetes knows no other place for it.
STOPSIGNAL SIGQUIT
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.created=$CREATED

FROM ${REGISTRY}${PYTHON_IMAGE} AS egress
LABEL org.opencontainers.image.title="Govah egress proxy" org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
 && apt-get install -y --no-install-recommends apache2-bin \
 && rm -rf /var/lib/apt/lists/*
COPY gateway/egress /srv/egress
COPY LICENSE NOTICE /srv/egress/
USER 10001:10001
ENTRYPOINT ["/srv/egress/start.sh"]
# httpd finishes open calls after it.
STOPSIGNAL SIGWINCH
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.created=$CREATED

FROM wheels AS pdf-wheels
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/*
ARG PIP_INDEX_URL
COPY requirements/pdf.txt requirements/
RUN pip install --no-cache-dir --only-binary=:all: --require-hashes -r requirements/pdf.txt
# fontconfig keeps a cache there.
ENV XDG_CACHE_HOME=/tmp

FROM pdf-wheels AS pdf
LABEL org.opencontainers.image.title="Govah PDF worker" org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE NOTICE ./
COPY --from=assets /srv/govah/assets assets
COPY deploy/compose deploy/compose
COPY verify/govah_verify govah_verify
COPY services services
RUN python -m compileall -q services govah_verify
COPY pyproject.toml ./
USER 10001:10001
ENTRYPOINT ["/srv/govah/deploy/compose/entrypoint.sh"]
CMD ["python", "-m", "services.pdfworker"]
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
ENV GOVAH_REVISION=$REVISION
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.created=$CREATED
