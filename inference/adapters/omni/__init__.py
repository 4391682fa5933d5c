"""Models that hear speech and speak, run natively by transformers: Qwen2.5-Omni, Qwen3-Omni, Moshi."""
