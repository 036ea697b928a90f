"""Layouts in which authorities and codes publish value: their columns and lengths, and our words in theirs; data only (c13)."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from app.ledger.models import Category, Form


class Profile(Struct, frozen=True):
    """A layout by its name: columns in their order, each with the most characters it takes (None: a number or a day)."""

    key: str
    label: str
    columns: Mapping[str, int | None]


# -- CMS Open Payments ---------------------------------------------------------------------------------------------

_FORM, _NATURE = "Form_of_Payment_or_Transfer_of_Value", "Nature_of_Payment_or_Transfer_of_Value"
_THIRD = "Name_of_Third_Party_Entity_Receiving_Payment_or_Transfer_of_Value"
_PAYER = "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_"


def _numbered(last: int, **columns: int) -> dict[str, int]:
    """Columns that come in groups, from 1 to `last`."""
    return {f"{name}_{n}": longest for n in range(1, last + 1) for name, longest in columns.items()}


#: General payments as published for 2013 to 2015, in the columns that extracts of it carry (dictionary of 2014).
OPEN_PAYMENTS_2014: Final = Profile(
    "open-payments-2014", "Open Payments, columns of 2014",
    MappingProxyType({
        "Physician_Profile_ID": 38, _PAYER + "Name": 100, _PAYER + "State": 2, _PAYER + "ID": 38,
        "Total_Amount_of_Payment_USDollars": None, "Date_of_Payment": None, _FORM: 100, "Record_ID": 38, _NATURE: 200,
        _THIRD: 50, "Name_of_Associated_Covered_Drug_or_Biological1": 100,
        "Name_of_Associated_Covered_Drug_or_Biological2": 100, "Contextual_Information": 500,
    }),
)  # fmt: skip

#: General payments in all columns of the dictionary of 2024.
OPEN_PAYMENTS_2024: Final = Profile(
    "open-payments-2024", "Open Payments, columns of 2024",
    MappingProxyType({
        "Change_Type": 9, "Covered_Recipient_Type": 100, "Teaching_Hospital_CCN": 6, "Teaching_Hospital_ID": 38,
        "Teaching_Hospital_Name": 100, "Covered_Recipient_Profile_ID": 38, "Covered_Recipient_NPI": 10,
        "Covered_Recipient_First_Name": 50, "Covered_Recipient_Middle_Name": 50, "Covered_Recipient_Last_Name": 50,
        "Covered_Recipient_Name_Suffix": 25, "Recipient_Primary_Business_Street_Address_Line1": 115,
        "Recipient_Primary_Business_Street_Address_Line2": 115, "Recipient_City": 50, "Recipient_State": 2,
        "Recipient_Zip_Code": 10, "Recipient_Country": 50, "Recipient_Province": 35, "Recipient_Postal_Code": 20,
        **_numbered(6, Covered_Recipient_Primary_Type=100), **_numbered(6, Covered_Recipient_Specialty=150),
        **{f"Covered_Recipient_License_State_code{n}": 2 for n in range(1, 6)},
        "Submitting_Applicable_Manufacturer_or_Applicable_GPO_Name": 200, _PAYER + "ID": 38, _PAYER + "Name": 200,
        _PAYER + "State": 2, _PAYER + "Country": 50, "Total_Amount_of_Payment_USDollars": None, "Date_of_Payment": None,
        "Number_of_Payments_Included_in_Total_Amount": None, _FORM: 100, _NATURE: 200, "City_of_Travel": 100,
        "State_of_Travel": 25, "Country_of_Travel": 50, "Physician_Ownership_Indicator": 3,
        "Third_Party_Payment_Recipient_Indicator": 30, _THIRD: 200, "Charity_Indicator": 3,
        "Third_Party_Equals_Covered_Recipient_Indicator": 3, "Contextual_Information": 2083,
        "Delay_in_Publication_Indicator": 3, "Record_ID": 38, "Dispute_Status_for_Publication": 3,
        "Related_Product_Indicator": 3,
        **_numbered(
            5, Covered_or_Noncovered_Indicator=20, Indicate_Drug_or_Biological_or_Device_or_Medical_Supply=25,
            Product_Category_or_Therapeutic_Area=150, Name_of_Drug_or_Biological_or_Device_or_Medical_Supply=500,
            Associated_Drug_or_Biological_NDC=15, Associated_Device_or_Medical_Supply_PDI=50,
        ),
        "Program_Year": 4, "Payment_Publication_Date": None,
    }),
)  # fmt: skip

_SPEAKING: Final = (
    "Compensation for services other than consulting, including serving as faculty or as a speaker at a venue other "
    "than a continuing education program"
)

#: Our category in the words of Open Payments; None: it has no nature there, and the line is listed as left out.
NATURE_OF: Final[Mapping[Category, str | None]] = MappingProxyType({
    Category.TRAVEL_AIR: "Travel and Lodging", Category.TRAVEL_GROUND: "Travel and Lodging",
    Category.LODGING: "Travel and Lodging", Category.MEAL: "Food and Beverage", Category.EVENT_PASS: "Education",
    Category.ENTERTAINMENT: "Entertainment", Category.GIFT: "Gift",
    Category.PRODUCT_LOAN: "Long term medical supply or device loan", Category.EARLY_ACCESS: None,
    Category.EXEC_ACCESS: None, Category.MEDIA_EXPOSURE: None, Category.ADVISORY_FEE: "Consulting Fee",
    Category.SPEAKING_FEE: _SPEAKING, Category.WORKSHOP_FEE: "Consulting Fee", Category.CONTENT_FEE: _SPEAKING,
    Category.RESEARCH_FEE: None, Category.HONORARIUM: "Honoraria", Category.FEE_EXPENSES: None,
    Category.AFFILIATE_COMMISSION: None, Category.DISCOUNT: None, Category.DONATION_FOR: "Charitable Contribution",
    Category.OTHER: None,
})  # fmt: skip

#: Our form in the words of Open Payments.
FORM_OF: Final[Mapping[Form, str | None]] = MappingProxyType({
    Form.IN_KIND_VENDOR: "In-kind items and services", Form.IN_KIND_OWN: "In-kind items and services", Form.ACCESS: None,
    Form.LOAN: "In-kind items and services", Form.REIMBURSEMENT: "Cash or cash equivalent",
    Form.CASH_EQUIVALENT: "Cash or cash equivalent",
    Form.EQUITY: "Stock, stock option, or any other ownership interest",
})  # fmt: skip

# -- EFPIA ---------------------------------------------------------------------------------------------------------

REGISTRATION: Final = "Registration fees"
TRAVEL: Final = "Travel and accommodation"
FEES: Final = "Fees"
RELATED: Final = "Related expenses agreed in the fee for service or consultancy contract"
RESEARCH: Final = "Transfers of value for research and development"

#: The columns of one person, in their order; research is disclosed as one aggregate and never by name.
EFPIA_COLUMNS: Final[Sequence[str]] = (REGISTRATION, TRAVEL, FEES, RELATED)

#: Our category in a column of the template; None: it has none there, and the line is listed as left out.
EFPIA_COLUMN: Final[Mapping[Category, str | None]] = MappingProxyType(
    dict.fromkeys(Category)
    | {
        Category.EVENT_PASS: REGISTRATION, Category.TRAVEL_AIR: TRAVEL, Category.TRAVEL_GROUND: TRAVEL,
        Category.LODGING: TRAVEL, Category.ADVISORY_FEE: FEES, Category.SPEAKING_FEE: FEES, Category.WORKSHOP_FEE: FEES,
        Category.CONTENT_FEE: FEES, Category.HONORARIUM: FEES, Category.FEE_EXPENSES: RELATED,
        Category.RESEARCH_FEE: RESEARCH,
    }
)  # fmt: skip

#: Categories in which a place is where somebody travelled to.
TRAVELS: Final = frozenset({Category.TRAVEL_AIR, Category.TRAVEL_GROUND, Category.LODGING})
