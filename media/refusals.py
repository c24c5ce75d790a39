"""What is said to those whose file is not taken, in both languages."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Invalid
from media.kinds import UploadRefusal


class Refused(Invalid):
    """A file that is not taken, for the reason `refusal`; nothing of it is kept."""

    def __init__(self, refusal: UploadRefusal) -> None:
        english, chinese = WORDS[refusal]
        super().__init__(english, chinese=chinese, refusal=refusal.name)
        self.refusal = refusal


WORDS: Final[Mapping[UploadRefusal, tuple[str, str]]] = {
    UploadRefusal.WRONG_HASH: (
        "What arrived is not what was announced: its SHA-256 differs. Send it again.",
        "收到的内容与声明的 SHA-256 不一致，请重新上传。",
    ),
    UploadRefusal.WRONG_TYPE: (
        "The content of the file is none of the types that are taken here.",
        "文件内容不属于这里可以接收的类型。",
    ),
    UploadRefusal.ACTIVE_CONTENT: (
        "The file holds scripts, pages or another file inside, which is not taken.",
        "文件中含有脚本、网页或其他嵌入的文件，不能接收。",
    ),
    UploadRefusal.DAMAGED: (
        "The file is damaged or cut off.",
        "文件已损坏或不完整。",
    ),
    UploadRefusal.TOO_MANY_PIXELS: (
        "The picture has too many pixels. Make it smaller.",
        "图片像素过多，请缩小后再上传。",
    ),
    UploadRefusal.ANIMATED: (
        "Animated pictures are not taken. Send a video, or a picture that stands still.",
        "不接收动态图片，请上传视频或静态图片。",
    ),
}
