"""Request and response schemas of inquiry"s routes."""

from services.inquiry.schemas.discrepancies import (
    Discrepancy,
    DiscrepancyPage,
    DiscrepancyReport,
    NewDiscrepancy,
)
from services.inquiry.schemas.inquiries import (
    AnsweredLetter,
    BothLanguages,
    InquiryAnswer,
    InquiryState,
    NewInquiry,
    Notice,
    ShownObjection,
    TypedCode,
)
from services.inquiry.schemas.letters import FileCheck, LetterStatus, PublicKeys, TimeStamp, UploadedFile
from services.inquiry.schemas.permits import (
    BY_FORM,
    Institution,
    InstitutionPage,
    IssuedPermit,
    NewPermit,
    Permit,
    PermitPage,
    View,
    ViewPage,
)

__all__ = [
    "BY_FORM",
    "AnsweredLetter",
    "BothLanguages",
    "Discrepancy",
    "DiscrepancyPage",
    "DiscrepancyReport",
    "FileCheck",
    "InquiryAnswer",
    "InquiryState",
    "Institution",
    "InstitutionPage",
    "IssuedPermit",
    "LetterStatus",
    "NewDiscrepancy",
    "NewInquiry",
    "NewPermit",
    "Notice",
    "Permit",
    "PermitPage",
    "PublicKeys",
    "ShownObjection",
    "TimeStamp",
    "TypedCode",
    "UploadedFile",
    "View",
    "ViewPage",
]
