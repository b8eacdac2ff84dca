"""The problems of the web administration and of institutions' managers."""

from services.kit.problems import Problem, Text


class UsernameTaken(Problem):
    status, code = 409, "username-taken"
    title = Text("نام کاربری تکراری است", "User name taken")
    detail = Text(
        "کس دیگری این نام کاربری را دارد. نام دیگری انتخاب کنید.",
        "Somebody else has that user name. Choose another one.",
    )


class ClientIdTaken(Problem):
    status, code = 409, "client-id-taken"
    title = Text("شناسه تکراری است", "Client id taken")
    detail = Text(
        "برنامه دیگری این شناسه را دارد. شناسه دیگری انتخاب کنید.",
        "Another program has that client id. Choose another one.",
    )


class InstitutionNameTaken(Problem):
    status, code = 409, "institution-name-taken"
    title = Text("نام تکراری است", "Name taken")
    detail = Text(
        "موسسه دیگری این نام را دارد. نام دیگری بنویسید یا همان موسسه را تغییر دهید.",
        "Another institution has that name. Enter another one, or change that institution.",
    )


class OwnAccount(Problem):
    """The reply to an administrator who would change the own account."""

    status, code = 403, "own-account"
    title = Text("حساب خود شما", "Your own account")
    detail = Text(
        "حساب خودتان را نمی‌توانید تغییر دهید. از مدیر دیگری بخواهید.",
        "You cannot change your own account. Ask another administrator.",
    )


class ClosedAccountUnknown(Problem):
    """The reply to the id of a closed account that was deleted, or that was chosen meanwhile."""

    status, code = 404, "closed-account-unknown"
    title = Text("این حساب بسته پیدا نشد", "Closed account not found")
    detail = Text(
        "این حساب حذف شده یا پیش از این انتخاب شده است. فهرست حساب‌های بسته را دوباره باز کنید.",
        "This account was deleted, or has been chosen already. Open the list of closed accounts again.",
    )


class LimitReached(Problem):
    """`most` is the greatest number allowed."""

    status, code = 409, "limit-reached"
    title = Text("به حد مجاز رسیده است", "Limit reached")
    detail = Text(
        "موسسه نمی‌تواند بیش از {most} حساب یا برنامه فعال داشته باشد. پیش از افزودن، یکی را غیرفعال کنید.",
        "An institution can have at most {most} active ones. Disable one before you add another.",
    )


class TooManyAdded(Problem):
    """`most` is the greatest number that may be added in a day."""

    status, code = 409, "too-many-added"
    title = Text("امروز بیش از این ممکن نیست", "No more today")
    detail = Text(
        "در یک روز بیش از {most} مورد افزوده نمی‌شود. فردا ادامه دهید.",
        "At most {most} can be added in a day. Go on tomorrow.",
    )


class InstitutionDisabled(Problem):
    status, code = 409, "institution-disabled"
    title = Text("موسسه غیرفعال است", "Institution disabled")
    detail = Text(
        "این موسسه غیرفعال است. نخست آن را فعال کنید.",
        "This institution is disabled. Enable it first.",
    )
