"""Training LeviTor: the paper's section 3.2 on accelerate. `python -m levitor_core.training CONFIG.toml [--resume]`.

    config       TOML -> TrainingConfig: every choice and its default
    networks     SVD + a ControlNet from its encoder, or fresh ones at toy size -> Trainee
    sources      where clips come from; pool: synthetic clips made ahead by other processes
    batches      clip number n -> TrainingBatch, the same on any number of processes
    objective    TrainingBatch, Trainee -> loss (SVD's v-prediction over sigma)
    autoencoder  the toy's own VAE
    loop         all of these under accelerate; checkpointing, records, sampling: what it keeps and writes

All randomness is a function of the seed and of a clip's place in the order, so that a run resumes exactly and does
not depend on how many processes share a batch.
"""
