"""Messages as other people's mail programs and servers write them."""

from email import message_from_bytes
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText


def message(
    *, sender: str = "Amal <amal@experts.example>", to: str = "mei@lumen.example", subject: str = "Hello", text: str = "Hi",
    message_id: str = "<1@experts.example>", **headers: str,
) -> bytes:  # fmt: skip
    """A plain message; further headers by name, with _ for -. An empty value leaves a header out."""
    made = EmailMessage()
    known = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Message-ID": message_id,
        "Date": "Tue, 01 Sep 2026 09:00:00 +0000",
    }
    for name, value in (known | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            made[name] = value
    made.set_content(text)
    return made.as_bytes()


def report(
    about: bytes, *, action: str = "failed", status: str = "5.1.1", said: str = "smtp; 550 5.1.1 no such mailbox here",
    is_whole: bool = True, message_id: str = "<report-1@mx.example>",
) -> bytes:  # fmt: skip
    """What a server writes about a mail it could not deliver (RFC 3464), with that mail or its headers inside."""
    made = MIMEMultipart("report", report_type="delivery-status")
    made["From"] = "Mail Delivery System <MAILER-DAEMON@mx.example>"
    made["To"], made["Subject"], made["Message-ID"] = (
        "rapport@localhost",
        "Undelivered Mail Returned to Sender",
        message_id,
    )
    made["Auto-Submitted"], made["Return-Path"] = "auto-replied", "<>"
    made.attach(MIMEText("I'm sorry to have to inform you that your message could not be delivered."))
    status_part = Message()
    status_part["Content-Type"] = "message/delivery-status"
    about_all = Message()
    about_all["Reporting-MTA"] = "dns; mx.example"
    about_one = Message()
    about_one["Final-Recipient"] = "rfc822; amal@experts.example"
    about_one["Action"], about_one["Status"] = action, status
    if said:
        about_one["Diagnostic-Code"] = said
    status_part.set_payload([about_all, about_one])
    made.attach(status_part)
    head, _, _ = about.partition(b"\r\n\r\n")
    if is_whole:
        made.attach(MIMEMessage(message_from_bytes(about)))
    else:
        headers = MIMEText(head.decode("ascii"), "rfc822-headers")
        made.attach(headers)
    return made.as_bytes()
