# LeviTor in a container.
#   docker build -t levitor .                               CPU: Preview, stand-ins, SAM and Depth Anything
#   docker build -t levitor --build-arg COMPUTE=cuda .      CUDA: the video models too (run with --gpus all)
#   docker run -p 7860:7860 -v "$PWD/checkpoints:/weights" levitor
# For strangers add -e LEVITOR_PUBLIC=1; docs/settings.md has every setting.
FROM python:3.12-slim AS packages

ARG COMPUTE=cpu
ENV PIP_NO_CACHE_DIR=1

# The wheels of PyTorch's own index for CPUs are 5 GB smaller; the default ones bring the CUDA libraries along.
COPY requirements.txt .
RUN python -m venv /opt/levitor && \
    if [ "$COMPUTE" = cpu ]; then \
      /opt/levitor/bin/pip install -r requirements.txt --extra-index-url https://download.pytorch.org/whl/cpu; \
    else \
      /opt/levitor/bin/pip install -r requirements.txt; \
    fi

FROM python:3.12-slim

# tini hears the signals as process 1 and buries what ffmpeg leaves.
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/* && \
    useradd --create-home --uid 1000 levitor && install -d -o levitor /weights
COPY --from=packages /opt/levitor /opt/levitor
WORKDIR /home/levitor/app
COPY . .

USER levitor
ENV PATH="/opt/levitor/bin:$PATH" PYTHONUNBUFFERED=1 HF_HOME=/weights/hub
# Beside the app's own checkpoints folder, whose toy model stays in sight.
VOLUME /weights
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/health', timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["python", "app.py", "--host", "0.0.0.0", "--port", "7860", "--checkpoints", "/weights"]
