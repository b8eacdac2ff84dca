"""The texts and examples of auth's OpenAPI document, with invented people. Used by `app`."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.auth import errors
from services.kit.http.documentation import Documented
from services.kit.problems import Busy, Text, TokenInvalid, TooManyAttempts

AN_HOUR, A_QUARTER, FIVE_MINUTES = 3600, 900, 300
NATIONAL_CODE, BIRTH_DATE, MOBILE = "0440000017", "1360-05-15", "09120001122"
PASSWORD, NEW_PASSWORD = "سه اسب زرد در باران", "پنج سیب سرخ کنار رود"
WHEN = "2026-11-22T09:15:00+00:00"
DEVICE_TOKEN = "5f0e2c1d9b7a4c7e8a31d2f46b90c7e5.Jm2sXw8Yk1ZtQd4NfH0vRb7LgEoUa9Ci"  # noqa: S105
AN_ID = "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21"
TOKEN = "eyJhbGciOiJFZERTQSIsImtpZCI6IjE0MDMtMDcifQ.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"  # noqa: S105
SESSION: Mapping[str, Any] = {
    "access_token": TOKEN,
    "refresh_token": "r4-ZkD2mXoWq7hVYt0c1eJu9sLpB3nGa",
    "token_type": "Bearer",
    "expires_in": 600,
}
CODE_SENT = {"status": "code-sent", "expires_at": WHEN}

DOCUMENTED: Mapping[str, Documented] = {
    "registrations.create_registration": Documented(
        summary=Text("ثبت‌نام", "Register"),
        detail=Text(
            "پاسخ همیشه یکی است، چه شخص در سوابق باشد چه نباشد. کد فعال‌سازی تنها وقتی پیامک می‌شود که کد "
            "ملی و "
            "تاریخ تولد با سوابق یکی و شماره همراه از آن شخص باشد؛ سه پیامک در ساعت برای هر شخص و هر شماره. "
            "خطای 429 تنها به تعداد درخواست‌های شبکه شما مربوط است.",
            "The reply is always the same, whether or not the person is in the records. An activation code "
            "goes "
            "out only if national code and birth date match the records and the mobile is the person's own; "
            "three messages an hour per person and per mobile. 429 depends only on how much your network "
            "asks.",
        ),
        body={"national_code": NATIONAL_CODE, "birth_date_jalali": BIRTH_DATE, "mobile": MOBILE},
        reply={"registration_id": AN_ID, **CODE_SENT},
        problems=(TooManyAttempts(AN_HOUR),),
        once=True,
    ),
    "registrations.get_registration": Documented(
        summary=Text("پیگیری ثبت‌نام", "Get the status of a registration"),
        detail=Text(
            "وضعیت ثبت‌نام: کد فرستاده شد، فعال شد یا پایان یافت.",
            "The status of a registration: code sent, activated or expired.",
        ),
        reply={"status": "activated"},
    ),
    "registrations.activate_account": Documented(
        summary=Text("فعال‌سازی حساب", "Activate the account"),
        detail=Text(
            "کدی که پیامک شد و گذرواژه‌ای تازه، دست‌کم ده نویسه. پس از پنج کد نادرست ثبت‌نام پایان می‌یابد.",
            "The code from the message and a new password of at least ten characters. Five wrong codes end "
            "the registration.",
        ),
        body={"activation_code": "482913", "password": PASSWORD},
        reply={"status": "activated"},
        problems=(
            errors.RegistrationExpired(),
            errors.ActivationCodeWrong(),
            errors.PasswordTooWeak(
                ("password", Text("از ۱۰ تا ۱۲۸ نویسه باشد.", "Must have 10 to 128 characters."))
            ),
            Busy(),
        ),
    ),
    "registrations.create_password_reset": Documented(
        summary=Text("فراموشی گذرواژه", "Request a new password"),
        detail=Text(
            "پاسخ همیشه یکی است. کد تنها به شماره همراهی می‌رود که در حساب ثبت است؛ سه پیامک در ساعت.",
            "The reply is always the same. A code goes to the mobile on file only; three messages an hour.",
        ),
        body={"national_code": NATIONAL_CODE, "birth_date_jalali": BIRTH_DATE},
        reply={"reset_id": AN_ID, **CODE_SENT},
        problems=(TooManyAttempts(AN_HOUR),),
    ),
    "registrations.complete_password_reset": Documented(
        summary=Text("ثبت گذرواژه تازه", "Set the new password"),
        detail=Text(
            "کدی که پیامک شد و گذرواژه تازه. همه نشست‌های دیگر پایان می‌یابد.",
            "The code from the message and the new password. Every session of the account ends.",
        ),
        body={"reset_code": "730164", "password": NEW_PASSWORD},
        reply={"status": "password-changed"},
        problems=(
            errors.ResetExpired(),
            errors.ResetCodeWrong(),
            errors.PasswordTooWeak(
                ("password", Text("این گذرواژه بسیار رایج است.", "That password is very common."))
            ),
            Busy(),
        ),
    ),
    "sessions.sign_in": Documented(
        summary=Text("ورود", "Sign in"),
        detail=Text(
            "شهروند با کد ملی، کارشناس و متصدی موسسه با نام کاربری وارد می‌شود و اگر برایش فعال شده باشد با "
            "کد یک‌بارمصرف `totp`. توکن دسترسی ده دقیقه اعتبار دارد. `device_token` پاسخ را نگه دارید و در "
            "ورود بعدی بفرستید. پس از ۲۰ تلاش ناموفق در روز، شهروند روی دستگاه ناشناس به کد پیامکی هم نیاز "
            "دارد: پاسخ `sign-in-code-required` است و همین درخواست با `sign_in_id` و `code` دوباره "
            "فرستاده می‌شود.",
            "A citizen signs in with the national code, an officer or an institution's clerk with a user "
            "name (`username`) and, where it was asked for, a one-time code (`totp`, good once). The access "
            "token lives ten minutes; `refresh_token` gives the next one. Keep `device_token` and send it "
            "with the next sign-in. After 20 failed attempts a day a citizen on a device that is not known "
            "needs a code by message too: the answer is `sign-in-code-required`, the same whether or not the "
            "password is right, and the same call is sent again with `sign_in_id` and `code`.",
        ),
        body={"national_code": NATIONAL_CODE, "password": PASSWORD},
        reply={**SESSION, "device_token": DEVICE_TOKEN},
        problems=(
            errors.CredentialsNotAccepted(),
            errors.SignInCodeRequired(uuid.UUID(AN_ID), datetime.fromisoformat(WHEN)),
            errors.SignInCodeWrong(),
            TooManyAttempts(A_QUARTER),
            Busy(),
        ),
    ),
    "sessions.refresh_session": Documented(
        summary=Text("تازه کردن نشست", "Refresh the session"),
        detail=Text(
            "هر توکن تازه‌سازی یک بار پذیرفته می‌شود؛ به کار بردن دوباره آن همه نشست را پایان می‌دهد.",
            "Each refresh token is valid once; a second use ends the whole session.",
        ),
        body={"refresh_token": SESSION["refresh_token"]},
        reply=SESSION,
        problems=(TokenInvalid(),),
    ),
    "sessions.sign_out": Documented(
        summary=Text("خروج", "Sign out"),
        detail=Text(
            "توکن‌های این نشست پایان می‌یابد: همه سرویس‌ها ظرف چند ثانیه دیگر آن را نمی‌پذیرند.",
            "The session's tokens end: within seconds no service accepts them any more.",
        ),
    ),
    "account.change_password": Documented(
        summary=Text("تغییر گذرواژه", "Change the password"),
        detail=Text("همه نشست‌های دیگر پایان می‌یابد.", "Every other session of the account ends."),
        body={"old_password": PASSWORD, "new_password": NEW_PASSWORD},
        problems=(
            errors.CredentialsNotAccepted(),
            errors.PasswordTooWeak(
                ("new_password", Text("از ۱۰ تا ۱۲۸ نویسه باشد.", "Must have 10 to 128 characters."))
            ),
            TooManyAttempts(A_QUARTER),
            Busy(),
        ),
    ),
    "account.request_mobile_change": Documented(
        summary=Text("تغییر شماره همراه", "Request another mobile"),
        detail=Text(
            "کدی به شماره تازه می‌رود؛ تا تایید نشود، شماره پیشین می‌ماند.",
            "A code goes to the new mobile; until it is confirmed the old one stays.",
        ),
        body={"mobile": "09120003344", "password": PASSWORD},
        reply=CODE_SENT,
        problems=(errors.CredentialsNotAccepted(), TooManyAttempts(AN_HOUR), Busy()),
    ),
    "account.confirm_mobile_change": Documented(
        summary=Text("تایید شماره همراه", "Confirm the new mobile"),
        detail=Text(
            "کدی که به شماره تازه رفت. شماره پیشین پیامکی با کد لغو می‌گیرد که ۲۴ ساعت معتبر است.",
            "The code that went to the new mobile. Five wrong codes end the change. The old mobile gets a "
            "message with a code that reverses the change for 24 hours.",
        ),
        body={"code": "591027"},
        problems=(errors.MobileChangeExpired(), errors.MobileCodeWrong()),
    ),
    "account.reverse_mobile_change": Documented(
        summary=Text("لغو تغییر شماره همراه", "Reverse a change of mobile"),
        detail=Text(
            "با کدی که شماره پیشین گرفت، تا ۲۴ ساعت. شماره پیشین برمی‌گردد، همه نشست‌ها پایان می‌یابد و برای "
            "ورود باید گذرواژه تازه خواست.",
            "With the code that the old mobile got, for 24 hours. The old mobile is on file again, every "
            "session ends, and the person needs a new password to sign in.",
        ),
        body={"code": "3141 5926 5358 9793"},
        reply={"status": "reversed"},
        problems=(errors.ReversalCodeWrong(), TooManyAttempts(AN_HOUR)),
    ),
    "token.grant_token": Documented(
        summary=Text("توکن برای سامانه‌ها", "A token for a program"),
        detail=Text(
            "برای سامانه موسسه‌ها و سرویس‌ها: client_credentials بر پایه RFC 6749، با HTTP Basic. بی `scope` "
            "همه "
            "دسترسی‌های کاربر سامانه‌ای داده می‌شود. خطاهای این نشانی به شکل RFC 6749 است، جز 429 که مانند دیگر "
            "نشانی‌هاست.",
            "For institutions' systems and for services: client_credentials of RFC 6749 with HTTP Basic. "
            "Without `scope` all of the client's are given. Errors of this address have the form of "
            "RFC 6749, 5.2, but 429, which is a problem document as everywhere.",
        ),
        body={"grant_type": "client_credentials", "scope": "inquiry:inquire"},
        reply={
            "access_token": TOKEN,
            "token_type": "Bearer",
            "expires_in": 600,
            "scope": "inquiry:inquire",
        },
        problems=(TooManyAttempts(FIVE_MINUTES),),
    ),
    "well_known.get_key_set": Documented(
        summary=Text("کلیدهای عمومی", "The public keys"),
        detail=Text(
            "کلیدهایی که امضای توکن‌ها با آن بررسی می‌شود (RFC 7517). کلید تازه پیش از نخستین امضا منتشر "
            "می‌شود.",
            "The keys that verify access tokens (RFC 7517). A new key is published before it first signs.",
        ),
        reply={
            "keys": [
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "kid": "1403-07",
                    "use": "sig",
                    "alg": "EdDSA",
                    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                }
            ]
        },
    ),
    "well_known.get_server_metadata": Documented(
        summary=Text("شناسنامه سرور توکن", "The token server's metadata"),
        detail=Text(
            "جایی که سامانه‌ها توکن می‌گیرند (RFC 8414).",
            "Where and how a program gets its tokens (RFC 8414).",
        ),
        reply={
            "issuer": "https://govah.example",
            "token_endpoint": "https://govah.example/api/v1/auth/token",
            "jwks_uri": "https://govah.example/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        },
    ),
}
