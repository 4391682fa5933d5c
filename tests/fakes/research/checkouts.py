"""Folders that look like a project's repository to its adapter: the same modules, names and weights' files.

The functions behind the names are in this package, a file per project. What they do is chosen by the length
of the prompt in seconds, as they see it: SILENT answers in words alone, CUT runs into the limit, BROKEN fails
on speaking.
"""

import json
from pathlib import Path

PLAIN, SILENT, CUT, BROKEN = 0.5, 1.0, 1.5, 2.0
COMMIT = "1234567890abcdef1234567890abcdef12345678"
VOCODER = json.dumps({"sampling_rate": 16_000})
# By project: a module's path, and the stand-in and names that are found in it.
WHISPER = ("shared", "audio, log_mel_spectrogram, pad_or_trim")
SPEAKER = ("shared", "CodeHiFiGANVocoder")
MODULES = {
    "mini_omni": {"inference.py": ("mini_omni", "*"), "whisper.py": WHISPER},
    "llama_omni": {
        "omni_speech/constants.py": ("llama_omni", "DEFAULT_SPEECH_TOKEN"),
        "omni_speech/conversation.py": ("llama_omni", "conv_templates"),
        "omni_speech/datasets/preprocess.py": ("llama_omni", "tokenizer_speech_token"),
        "omni_speech/model/builder.py": ("llama_omni", "load_pretrained_model"),
        "fairseq/models/text_to_speech/vocoder.py": SPEAKER,
        "whisper.py": WHISPER,
    },
    "speechgpt": {
        "speechgpt/src/infer/cli_infer.py": ("speechgpt", "META_INSTRUCTION, Speech2Unit"),
        "fairseq/models/text_to_speech/vocoder.py": SPEAKER,
        "transformers.py": ("speechgpt", "GenerationConfig, LlamaForCausalLM, LlamaTokenizer"),
        "peft.py": ("speechgpt", "PeftModel"),
    },
    "glm4_voice": {
        "flow_inference.py": ("glm4_voice", "AudioDecoder"),
        "speech_tokenizer/modeling_whisper.py": ("glm4_voice", "WhisperVQEncoder"),
        "speech_tokenizer/utils.py": ("glm4_voice", "extract_speech_token"),
        "transformers.py": ("glm4_voice", "AutoModel, AutoTokenizer, WhisperFeatureExtractor"),
    },
    "kimi_audio": {"kimia_infer/api/kimia.py": ("kimi_audio", "KimiAudio")},
}
FILES = {
    "mini_omni": {"checkpoint/lit_model.pth": ""},
    "llama_omni": {
        "Llama-3.1-8B-Omni/config.json": "{}",
        "vocoder/g_00500000": "",
        "vocoder/config.json": VOCODER,
    },
    "speechgpt": {"speechgpt/utils/vocoder/vocoder.pt": "", "speechgpt/utils/vocoder/config.json": VOCODER},
    "glm4_voice": {f"glm-4-voice-decoder/{name}": "" for name in ("config.yaml", "flow.pt", "hift.pt")},
    "kimi_audio": {},
}


def make(project: str, folder: Path) -> Path:
    """Make a project's checkout in a folder."""
    files = {
        path: f"from tests.fakes.research.{source} import {names}\n"
        for path, (source, names) in MODULES[project].items()
    }
    files |= FILES[project] | {".git/HEAD": COMMIT + "\n"}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder
