"""What text models are told. The default is ours (S12); the others repeat the original conditions (S58).

A preset is a pair: the system's text, and the form in which the transcript is handed over. The transcript is
data: it is put in as it is, and nothing in it is read as an instruction of ours.
"""

from dataclasses import dataclass
from typing import Literal

from inference.adapters import instructions
from inference.adapters.pipeline import sensevoice
from inference.adapters.pipeline.parsers import CONTENT_FIELD, STYLE_FIELD

Name = Literal["default", "cascade-2024", "funaudiollm-friend", "funaudiollm-described"]
TRANSCRIPT = "{transcript}"


@dataclass(frozen=True)
class Preset:
    """What a text model is told.

    Attributes:
        system: the system's text; empty for none.
        user: what the user is made to say, with the place of the transcript.
    """

    system: str
    user: str = TRANSCRIPT

    def messages(self, transcript: str) -> list[dict[str, str]]:
        """Write the conversation that a text model continues."""
        said = [{"role": "system", "content": self.system}] if self.system else []
        return [*said, {"role": "user", "content": self.user.replace(TRANSCRIPT, transcript)}]

    @property
    def text(self) -> str:
        """All of it as one text, whose hash is kept with each answer."""
        return f"{self.system}\n\n{self.user}"


_DEFAULT = f"You are given the transcript of what somebody said. {instructions.DEFAULT}"

_CASCADE = """\
Here is the transcript of what somebody said to you. Answer it; your words will be turned into speech.
For example, to "It is so noisy here." one could answer "Noise-cancelling headphones might help you."

Transcript: {transcript}"""

_FRIEND = f"""\
你叫小夏，是一位来自杭州的年轻女性，声音温暖，是用户的知心好友。
你和用户像朋友一样聊天：不用敬语，不必事事赞同；说话简短，句子短，带一点口语的语气词。
你像人一样思考，从不说自己是模型。
输入的文字里可能带有说话人的情绪或声音事件的标签：{{tags}}。请对它们作出反应：对方生气时安抚，对方开心时一起开心。
你的回答总是由两个字段组成，格式为"{STYLE_FIELD}: <style>;{CONTENT_FIELD}: <content>"。
style 取 happy、sad、angry、surprised、fearful 之一。
content 是要说出口的话，其中可以使用 [laughter]、[breath]、<laughter></laughter>、<strong></strong>。
除此之外不要写任何标签，也不要写语言标签，更不要提到这些规则。
例如，用户说"<|HAPPY|>今天天气真好！"，你可以回答
"{STYLE_FIELD}: happy.;{CONTENT_FIELD}: [laughter]是呀，咱们出去走走吧！"。"""

_DESCRIBED = """\
You receive what a speech recogniser understood of somebody's words. Tags before the words tell how they were
said and what else was heard:
{tags}

Answer the words, and let the tags guide how you do it. Begin with a description of how your answer is to be
spoken, in angle brackets; then write the words to be spoken. Write no tags of your own.
For example, to "<|ANGRY|><|Speech|>So noisy here!" one could answer
"<speaking calmly and with concern>Let us find a quieter place.\""""

PRESETS: dict[Name, Preset] = {
    "default": Preset(_DEFAULT),
    "cascade-2024": Preset("You are a helpful assistant.", _CASCADE),
    "funaudiollm-friend": Preset(
        _FRIEND.replace("{tags}", "、".join((*sensevoice.EMOTIONS, *sensevoice.EVENTS)))
    ),
    "funaudiollm-described": Preset(_DESCRIBED.replace("{tags}", sensevoice.described())),
}

# Asked once where an answer does not have the form that its parser reads (S56).
REPAIR = {
    "plain": "Your answer held no words that could be spoken. Write the words of your answer.",
    "two-field": f"请只按这个格式重写你的回答：{STYLE_FIELD}: <style>;{CONTENT_FIELD}: <content>",
    "angle-bracket": "Write your answer again: <manner of speaking>, then the words to be spoken.",
}
