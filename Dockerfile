# LeviTor in a container.
#   docker build -t levitor .                               CPU: Preview, stand-ins, SAM and Depth Anything
#   docker build -t levitor --build-arg COMPUTE=cuda .      CUDA: the LeviTor model too (run with --gpus all)
#   docker run -p 7860:7860 -v "$PWD/checkpoints:/home/levitor/app/checkpoints" levitor
FROM python:3.12-slim

ARG COMPUTE=cpu

RUN useradd --create-home --uid 1000 levitor
USER levitor
WORKDIR /home/levitor/app
ENV PATH="/home/levitor/.local/bin:$PATH" PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1

# The wheels of PyTorch's own index for CPUs are 5 GB smaller; the default ones bring the CUDA libraries along.
COPY --chown=levitor requirements.txt .
RUN if [ "$COMPUTE" = cpu ]; then \
      pip install --user -r requirements.txt --extra-index-url https://download.pytorch.org/whl/cpu; \
    else \
      pip install --user -r requirements.txt; \
    fi

COPY --chown=levitor . .
EXPOSE 7860
CMD ["python", "app.py", "--host", "0.0.0.0", "--port", "7860"]
