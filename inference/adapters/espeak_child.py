"""The program in which eSpeak NG runs; espeak.py starts it and talks to it over pipes.

eSpeak NG is GPL-3.0-or-later: its library is loaded by `speak` here, in this process, and nowhere else.
Only the standard library is needed, and little of it, so that the program is up in some 30 ms.

In: one JSON object on standard input, made by espeak.py.
Out: the rate in Hz and a line feed, then the samples.
"""

import ctypes
import json
import resource
import sys
from typing import Any

UNKNOWN_VOICE = 3
FAILED = 4

# Values of the C interface. Source: espeak-ng 1.52, src/include/espeak-ng/speak_lib.h.
SYNCHRONOUS = 2
RATE, PITCH, RANGE = 1, 3, 4
UTF8, SSML = 0x01, 0x10
SYNTH_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

# Breathy and whispering voices draw noise with rand(), which eSpeak seeds from the clock.
NOISE_SEED = 20

CPU_SECONDS = 20
MEMORY_BYTES = 512 * 1024 * 1024


def speak(order: dict[str, Any]) -> tuple[int, bytes]:
    """Return the rate in Hz and the samples: mono, 16 bit, in the machine's byte order."""
    library = ctypes.CDLL(order["library"])
    pieces: list[bytes] = []

    def keep(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, count * 2))
        return 0

    # Bound to a name: the library keeps a bare pointer to it.
    callback = SYNTH_CALLBACK(keep)
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, order["voices"].encode(), 0)
    if rate <= 0:
        sys.exit(FAILED)
    library.espeak_ng_SetRandSeed(ctypes.c_long(NOISE_SEED))
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(order["voice"].encode()) != 0:
        sys.exit(UNKNOWN_VOICE)
    library.espeak_SetParameter(RATE, order["words_per_minute"], 0)
    library.espeak_SetParameter(PITCH, order["pitch"], 0)
    library.espeak_SetParameter(RANGE, order["pitch_range"], 0)
    text = order["text"].encode()
    flags = UTF8 | (SSML if order["markup"] else 0)
    if library.espeak_Synth(text, len(text) + 1, 0, 1, 0, flags, None, None) != 0:
        sys.exit(FAILED)
    library.espeak_Synchronize()
    return rate, b"".join(pieces)


def main() -> None:
    """Read an order, speak it, write the sound."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rate, samples = speak(json.load(sys.stdin))
    sys.stdout.buffer.write(b"%d\n" % rate + samples)


if __name__ == "__main__":
    main()
