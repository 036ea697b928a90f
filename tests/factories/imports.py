"""Files to import: the PR list of J2, and small value files."""

import csv
import gzip
import io
from collections.abc import Iterable, Mapping

from tests.factories import people

#: The nine columns of the list in J2, as the PR department names them.
PR_COLUMNS = (
    "Full name",
    "E-mail",
    "Telephone",
    "Country",
    "Languages",
    "Type",
    "Known for",
    "Among",
    "Handle",
)

#: Six people of the list who are here before it, by the line they stand on.
KNOWN_LINES = {3: "Amal", 8: "Kerem", 11: "Nneka", 19: "Jack", 27: "Ines", 40: "Hana"}

OPEN_PAYMENTS_COLUMNS = (
    "Physician_Profile_ID", "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_Name",
    "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_State",
    "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_ID", "Total_Amount_of_Payment_USDollars", "Date_of_Payment",
    "Form_of_Payment_or_Transfer_of_Value", "Record_ID", "Nature_of_Payment_or_Transfer_of_Value",
    "Name_of_Third_Party_Entity_Receiving_Payment_or_Transfer_of_Value", "Name_of_Associated_Covered_Drug_or_Biological1",
    "Name_of_Associated_Covered_Drug_or_Biological2", "Contextual_Information",
)  # fmt: skip

#: Given and family names that no two lines share a word of.
_GIVEN = (
    "Ada Bruno Chloe Dmitri Elif Farid Greta Hugo Iris Jonas Kaya Liam Mira Nils Olga Pavel Quinn Rosa Sven Tara Uma Viktor "
    "Wanda Xenia Yara Zeno Alma Boris Cora Dario Edda"
)
_FAMILY = (
    "Abel Brandt Costa Duval Ekman Faber Grieg Horn Ibsen Jansen Keller Lund Moser Novak Olsen Petit Quist Rossi Silva Toth "
    "Ueda Vogel Weiss Xavier Young Zorn Arndt Bauer Ceder Drake Ewald"
)


def csv_bytes(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV file as spreadsheets write it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def make_known_people() -> None:
    """The six who are here already, each with an address and nothing they are known for."""
    for name in KNOWN_LINES.values():
        people.person(name, email=f"{name.lower()}@kol.example", known_for="", known_among="")


def pr_list() -> bytes:
    """Forty lines: 31 new people, six who are here, one without a way to reach her, two about one man (J2)."""
    rows = []
    fresh = iter(zip(_GIVEN.split(), _FAMILY.split(), strict=True))
    for line in range(2, 42):
        if line in KNOWN_LINES:
            name = KNOWN_LINES[line]
            rows.append((name, f"{name.lower()}@kol.example", "", "", "", "", "private 5G", "operators", ""))
        elif line == 14:
            rows.append(
                ("Perla Ondine", "", "", "France", "French", "Blogger", "open radio", "engineers", "")
            )
        elif line in {22, 37}:
            name = "Gustav Adler" if line == 22 else "Adler, Gustav"
            rows.append(
                (name, "gustav.adler@press.example", "", "DE", "de", "Analyst", "spectrum", "regulators", "")
            )
        else:
            given, family = next(fresh)
            address = f"{given}.{family}@press.example".lower()
            rows.append(
                (
                    f"{given} {family}",
                    address,
                    "",
                    "FR",
                    "fr, en",
                    "Blogger",
                    "open radio",
                    "engineers",
                    f"@{family}",
                )
            )
    return csv_bytes(PR_COLUMNS, rows)


def payment(**changes: object) -> dict[str, object]:
    """One good line of an Open Payments file."""
    values: dict[str, object] = {
        "Physician_Profile_ID": "31894", "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_ID": "100000000066",
        "Total_Amount_of_Payment_USDollars": "6.91", "Date_of_Payment": "08/01/2013",
        "Form_of_Payment_or_Transfer_of_Value": "In-kind items and services", "Record_ID": "4719094",
        "Nature_of_Payment_or_Transfer_of_Value": "Food and Beverage",
    }  # fmt: skip
    return values | changes


def payments_file(
    rows: Iterable[Mapping[str, object]],
    *,
    packed: bool = False,
    columns: Iterable[str] = OPEN_PAYMENTS_COLUMNS,
) -> bytes:
    """An Open Payments file, gzip when `packed`."""
    names = tuple(columns)
    data = csv_bytes(names, [[row.get(name, "") for name in names] for row in rows])
    return gzip.compress(data) if packed else data
