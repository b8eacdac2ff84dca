"""The problems of attachments and of archives of lists, with the words for people."""

from collections.abc import Sequence

from services.kit.problems import NotFound, Problem, Text


class AttachmentUnknown(NotFound):
    detail = Text(
        "چنین پیوستی نیست. شناسه را از فهرست پیوست‌های اعتراض بردارید.",
        "There is no such attachment. Take its id from the attachments of the objection.",
    )


class AttachmentsFull(Problem):
    """The objection has as many attachments as it may have."""

    status, code = 409, "attachments-full"
    title = Text("پیوست دیگری جا نمی‌شود", "No more attachments")
    detail = Text(
        "هر اعتراض حداکثر پنج پیوست دارد. چند برگ را در یک فایل PDF بفرستید.",
        "An objection has five attachments at most. Put several pages into one PDF file.",
    )


class AttachmentRefused(Problem):
    """The content of a file is not accepted as a paper."""

    status, code = 422, "attachment-refused"
    title = Text("فایل پذیرفته نشد", "File refused")


class AttachmentTypeUnknown(AttachmentRefused):
    """The content of the file has another type than the three, whatever its name says."""

    code = "attachment-type-unknown"
    detail = Text(
        "این فایل PDF، JPEG یا PNG نیست، هر نامی که داشته باشد. عکس یا PDF مدرک را بفرستید.",
        "This file is neither a PDF nor a JPEG or PNG, whatever its name. Send a photo or a PDF.",
    )


class AttachmentDamaged(AttachmentRefused):
    """The file cannot be read to its end."""

    code = "attachment-damaged"
    detail = Text(
        "این فایل تا پایان خوانده نمی‌شود. آن را دوباره ذخیره کنید یا از مدرک عکس بگیرید.",
        "This file cannot be read to its end. Save it again, or take a photo of the paper.",
    )


class AttachmentEncrypted(AttachmentRefused):
    """The PDF is encrypted, so its content cannot be checked."""

    code = "attachment-encrypted"
    detail = Text(
        "این فایل PDF رمزگذاری شده است و محتوای آن بررسی نمی‌شود. نسخه‌ای بی رمز یا عکس مدرک را بفرستید.",
        "This PDF is encrypted, so its content cannot be checked. Send one without encryption, or a photo.",
    )


class AttachmentActive(AttachmentRefused):
    """The PDF has a script, starts something when it is opened, or carries other files."""

    code = "attachment-active"
    detail = Text(
        "این فایل PDF اسکریپت، فرمان یا فایل دیگری در خود دارد. آن را به صورت PDF چاپ کنید یا عکس بفرستید.",
        "This PDF has a script, a command or another file inside. Print it as a PDF again, or send a photo.",
    )


class AttachmentAmbiguous(AttachmentRefused):
    """The file can be read as something else, too."""

    code = "attachment-ambiguous"
    detail = Text(
        "این فایل محتوای دیگری هم در خود دارد. آن را دوباره ذخیره کنید یا از مدرک عکس بگیرید.",
        "This file has other content besides. Save it again, or take a photo of the paper.",
    )


class AttachmentExpands(AttachmentRefused):
    """The file has too many pixels, or expands to more than is accepted."""

    code = "attachment-expands"
    detail = Text(
        "تصویر یا محتوای این فایل بیش از اندازه بزرگ است. تصویری کوچک‌تر، تا ۴۰ مگاپیکسل، بفرستید.",
        "The picture or content of this file is too large. Send a smaller one, of at most 40 megapixels.",
    )


class ImportUnknown(NotFound):
    detail = Text(
        "چنین ورود گروهی نیست. شناسه را از فهرست ورودهای گروهی بردارید.",
        "There is no such import. Take its id from the collection of imports.",
    )


class ImportPartUnknown(NotFound):
    """The archive does not have that many parts."""

    detail = Text(
        "این بایگانی چنین قطعه‌ای ندارد. شماره قطعه‌ها از صفر تا یکی کمتر از `parts` است.",
        "The archive has no such part. Its parts are numbered from 0 to one less than `parts`.",
    )


class ImportStatusDiffers(Problem):
    """The status of the import does not allow the call; `import_status` is its current status."""

    status, code = 409, "import-status-differs"
    title = Text("وضعیت ورود گروهی تغییر کرده است", "The import has moved on")
    detail = Text(
        "این کار در وضعیت کنونی ورود گروهی ممکن نیست. وضعیت آن را دوباره بخوانید.",
        "The import's current status does not allow this. Read its status again.",
    )

    def __init__(self, import_status: str) -> None:
        super().__init__(extra={"import_status": str(import_status)})


class ImportIncomplete(Problem):
    """Parts of the archive are missing; `missing_parts` are their numbers."""

    status, code = 409, "import-incomplete"
    title = Text("بایگانی کامل نیست", "The archive is incomplete")
    detail = Text(
        "همه قطعه‌های بایگانی نرسیده است. قطعه‌های `missing_parts` را بفرستید و دوباره پایان دهید.",
        "Not all parts of the archive are here. Send those of `missing_parts`, and complete it again.",
    )

    def __init__(self, missing_parts: Sequence[int] = ()) -> None:
        super().__init__(extra={"missing_parts": list(missing_parts)})


class PartSizeWrong(Problem):
    """A part has another size than its place in the archive requires; `expected_size` is that one."""

    status, code = 422, "part-size-wrong"
    title = Text("اندازه قطعه درست نیست", "The part has another size")
    detail = Text(
        "این قطعه باید {expected} بایت باشد. قطعه‌ها را به اندازه `part_size` ببرید و دوباره بفرستید.",
        "This part must have {expected} bytes. Cut the archive into parts of `part_size` and send it again.",
    )

    def __init__(self, expected_size: int = 0) -> None:
        super().__init__(extra={"expected_size": expected_size}, expected=expected_size)


class PartDamaged(Problem):
    """The bytes of a part do not have the digest of its `Content-Digest`."""

    status, code = 422, "part-damaged"
    title = Text("قطعه سالم نرسیده است", "The part was damaged on its way")
    detail = Text(
        "محتوای این قطعه با Content-Digest آن یکی نیست. قطعه را دوباره بفرستید.",
        "The content of this part is not that of its Content-Digest. Send the part again.",
    )


class DigestUnreadable(Problem):
    """`Content-Digest` cannot be read, or has neither sha-256 nor sha-512."""

    status, code = 422, "digest-unreadable"
    title = Text("Content-Digest خوانده نشد", "Content-Digest cannot be read")
    detail = Text(
        "Content-Digest را مانند sha-256=:…: بنویسید (RFC 9530، با sha-256 یا sha-512)، یا آن را نفرستید.",
        "Write Content-Digest like sha-256=:…: (RFC 9530, with sha-256 or sha-512), or leave it out.",
    )


class PartDiffers(Problem):
    """The part was stored already, with other bytes."""

    status, code = 409, "part-differs"
    title = Text("قطعه دیگری به این شماره رسیده است", "Another part has this number")
    detail = Text(
        "قطعه دیگری به این شماره ذخیره شده است. اگر بایگانی عوض شده است، ورود گروهی تازه‌ای آغاز کنید.",
        "Another part was stored under this number. If the archive has changed, begin another import.",
    )
