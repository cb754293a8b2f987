"""Wan2.2 held to Preview: diffusers' own transformer, VAE and text encoder, sampled here step by step.

entry      what TI2V-5B and I2V-A14B are called and read
weights    where their folders are, and the networks in them (lora: Lightning, merged)
text       prompt -> embedding; the usual ones are kept beside the weights
codec      frames -> latents and back
sampler    the denoising, with the anchor laid over it
renderer   Project -> Clip
"""
