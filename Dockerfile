# Builds durable-rules and the wheel, installs both into an empty environment, runs as nobody in particular.
FROM python:3.12-bookworm AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE NOTICE ./
# pip builds the C engine without optimisation unless told otherwise.
ENV CPPFLAGS="-O2 -fwrapv"
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir -r requirements.lock
COPY rules rules
COPY cds cds
COPY hooks hooks
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps . && cd / && \
    /opt/venv/bin/python -c "import importlib.metadata as m; owners = m.packages_distributions(); \
    assert all(owners[name] == ['trial-hooks'] for name in ('cds', 'hooks', 'rules')), owners" && \
    /opt/venv/bin/trial-hooks trials check

FROM python:3.12-slim-bookworm
COPY --from=build /opt/venv /opt/venv
# glibc gives memory back after each session of the engine and faults it in again; keep it instead.
ENV PATH=/opt/venv/bin:$PATH HOST=0.0.0.0 PORT=8000 \
    MALLOC_TRIM_THRESHOLD_=536870912 MALLOC_MMAP_THRESHOLD_=536870912 MALLOC_TOP_PAD_=16777216
RUN useradd --system --no-create-home trialhooks && install -d -o trialhooks -m 700 /var/lib/trial-hooks
# Rows wait here until the database has them: keep it across restarts.
ENV TRIAL_HOOKS_STATE=/var/lib/trial-hooks
VOLUME /var/lib/trial-hooks
USER trialhooks
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["trial-hooks", "serve"]
