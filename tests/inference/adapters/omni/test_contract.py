"""What every adapter owes its callers, of Qwen2.5-Omni: chance in its talker, padding in its batches."""

import pytest

from tests.inference.adapters.test_contract import (  # noqa: F401 -- pytest finds them here
    test_a_store_for_every_prompt_is_needed,
    test_batch_gives_what_single_calls_give_in_any_order,
    test_empty_prompt_is_refused,
    test_poisoned_prompt_in_the_middle_fails_alone,
    test_same_seed_gives_the_same_samples,
)


@pytest.fixture
def adapter(omni):
    return omni("qwen2.5-omni")
