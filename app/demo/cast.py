"""Who plays: the host's users and executives, sixteen invited experts and one who may not come. All invented."""

from decimal import Decimal

from msgspec import Struct

from app.accounts.models import Role
from app.people.models import EvidenceKind, NameOrder, OfficialStatus, OrganisationKind
from app.travel.models import LegMode, TravelClass

HOST = "Lumen Networks"

#: Of the demo only; it is printed with the address, so it protects nothing.
PASSWORD = "quiet-harbour-lantern"  # noqa: S105


class Login(Struct, frozen=True):
    """A user of the host or of an agency."""

    key: str
    name: str
    role: Role
    department: str
    agency: str = ""

    @property
    def email(self) -> str:
        return f"{self.key}@lumen.example"


LOGINS = (
    Login("ada", "Ada Winterbourne", Role.ADMIN, "IT services"),
    Login("mei", "Mei Tanaka-Lindt", Role.RELATIONS, "Analyst relations"),
    Login("omar", "Omar Benhallam", Role.RELATIONS, "Analyst relations"),
    Login("tom", "Tom Ashgrove", Role.RELATIONS, "Social media"),
    Login("vera", "Vera Dornbusch", Role.RELATIONS, "Product"),
    Login("ruth", "Ruth Mbeki-Hansen", Role.COORDINATOR, "Events"),
    Login("helga", "Helga Steinvorth", Role.COMPLIANCE, "Compliance"),
    Login("sam", "Sam Okonjo-Reid", Role.COMPLIANCE, "Compliance"),
    Login("daniel", "Daniel Farquharson", Role.ASSISTANT, "Executive office"),
    Login("paula", "Paula Quintaval", Role.PARTNER, "Agencies", agency="Costa Vozes"),
    Login("iris", "Iris Vandermolen", Role.AUDITOR, "Internal audit"),
    Login("noor", "Noor Halvorsen", Role.DOOR, "Events"),
)


class House(Struct, frozen=True):
    """An organisation with its rules for its own people."""

    name: str
    kind: OrganisationKind
    country: str
    is_state_body: bool = False
    is_gift_allowed: bool = True
    is_vendor_travel_allowed: bool = True
    max_class: str = ""
    rule_text: str = ""


HOUSES = (
    House(
        "Anadolu Teknik University", OrganisationKind.UNIVERSITY, "TR", is_state_body=True, is_gift_allowed=False,
        rule_text="State university: its staff count as public officials. No gifts; travel up to premium economy.",
    ),
    House(
        "Saffron Ridge Research", OrganisationKind.ANALYST_FIRM, "IN", is_gift_allowed=False, is_vendor_travel_allowed=False,
        rule_text="Analysts travel at the firm's own cost. Flights and hotels offered by vendors are declined.",
    ),
    House(
        "Harbor & Pine Advisory", OrganisationKind.EMPLOYER, "US", max_class="premium_economy",
        rule_text="No business class for employees, whoever pays.",
    ),
    House("Costa Vozes", OrganisationKind.AGENCY, "BR"),
)  # fmt: skip


class Ticket(Struct, frozen=True):
    """How somebody came to London and back: amount in the currency it was bought in."""

    amount: str
    currency: str
    origin: str
    via: LegMode = LegMode.AIR
    travel_class: TravelClass = TravelClass.BUSINESS
    carrier: str = ""
    hours: float = 7
    is_declined: bool = False


class Expert(Struct, frozen=True):
    """An outside expert as the demo tells of them."""

    key: str
    name: str
    sort_name: str
    country: str
    zone: str
    languages: tuple[str, ...]
    kind: str
    known_for: str
    known_among: str
    platform: str
    audience: tuple[str, ...]
    ticket: Ticket | None = None
    employer: str = ""
    agency: str = ""
    official: OfficialStatus = OfficialStatus.NONE
    name_order: NameOrder = NameOrder.GIVEN_FIRST
    nightly: str = "520.00"
    minutes: tuple[int, ...] = ()
    evidence: tuple[str, str] = ("Keynote at a regional operators' forum", "Quoted in a trade weekly")


_TALKS = {
    "amal": (
        "Panel on women in network planning, Gulf Telecom Week",
        "Series of twelve videos on indoor coverage",
    ),
    "kerem": ("Lecture on spectrum sharing, open university day", "Co-author of a survey on campus networks"),
    "nneka": (
        "Talk on rural backhaul, West African operators' meeting",
        "Podcast interview with a regulator",
    ),
    "jack": (
        "Episode on private networks in mines, cited by two unions",
        "Moderated the Outback Connectivity panel",
    ),
    "ines": ("Workshop on network slicing for hospitals", "Book chapter on factory networks"),
    "lerato": ("Report on township connectivity", "Talk at the Southern Cross forum"),
    "priya": ("Market note on fixed wireless access", "Advisory call with a state utility"),
    "mateus": ("Livestream from a port with its own network", "Column in a logistics monthly"),
    "sara": ("Field test of arctic coverage", "Talk at a Nordic engineers' day"),
    "bilal": ("Urdu explainer on private networks, shown in three universities", "Meet-up series in Lahore"),
    "hana": ("Teardown of an indoor radio", "Naver series on smart factories"),
    "carla": ("Note on campus networks in retail", "Panel at a Midwest user group"),
}

EXPERTS = (
    Expert("amal", "أمل رشواني", "Rashwani, Amal", "AE", "Asia/Dubai", ("ar", "en"), "Video blogger", "plain explanations of indoor coverage",
           "network planners in the Gulf", "YouTube", ("AE", "SA", "QA"),
           Ticket("15200", "AED", "DXB", carrier="Emirates Sky", hours=7.6), minutes=(30,)),
    Expert("kerem", "Kerem Aydınsoy", "Aydınsoy, Kerem", "TR", "Europe/Istanbul", ("tr", "en"), "Academic", "spectrum sharing in campus networks",
           "engineers and regulators in Türkiye", "Blog", ("TR",),
           Ticket("48500", "TRY", "IST", travel_class=TravelClass.PREMIUM_ECONOMY, carrier="Bosporus Air", hours=4.1),
           employer="Anadolu Teknik University", official=OfficialStatus.STATE_BODY, nightly="250.00", minutes=(15,)),
    Expert("nneka", "Nneka Obiorah-Lane", "Obiorah-Lane, Nneka", "NG", "Africa/Lagos", ("en", "ig"), "Analyst", "rural backhaul economics",
           "operators in West Africa", "Newsletter", ("NG", "GH"),
           Ticket("3950", "USD", "LOS", carrier="Savannah Air", hours=6.7), minutes=(30,)),
    Expert("jack", "Jack Tarrowby", "Tarrowby, Jack", "AU", "Australia/Sydney", ("en",), "Podcaster", "private networks in mining",
           "mine operators and unions in Australia", "Podcast", ("AU", "NZ"),
           Ticket("9840", "AUD", "SYD", carrier="Southern Cross Airways", hours=23.2), minutes=(30, 30)),
    Expert("ines", "Ines Moreau", "Moreau, Ines", "FR", "Europe/Paris", ("fr", "en"), "Consultant", "network slicing for hospitals",
           "hospital engineers in France", "Blog", ("FR", "BE"),
           Ticket("690", "EUR", "Paris Gare du Nord", via=LegMode.RAIL, travel_class=TravelClass.STANDARD, carrier="Channel Rail", hours=2.4),
           minutes=(30, 15)),
    Expert("lerato", "Lerato Mokgathe", "Mokgathe, Lerato", "ZA", "Africa/Johannesburg", ("en", "st"), "Blogger", "township connectivity",
           "city planners in South Africa", "Blog", ("ZA",),
           Ticket("61300", "ZAR", "JNB", carrier="Protea Wings", hours=11.2), minutes=(30,)),
    Expert("priya", "Priya Vembanath", "Vembanath, Priya", "IN", "Asia/Kolkata", ("en", "ml"), "Analyst", "fixed wireless access",
           "utilities and investors in India", "Research notes", ("IN",),
           Ticket("268000", "INR", "BLR", carrier="Deccan Air", hours=10.5, is_declined=True),
           employer="Saffron Ridge Research", minutes=(45,)),
    Expert("mateus", "Mateus Carvalhedo", "Carvalhedo, Mateus", "BR", "America/Sao_Paulo", ("pt-BR", "en"), "Live streamer", "networks in ports",
           "logistics managers in Brazil", "Livestream", ("BR",),
           Ticket("27900", "BRL", "GRU", carrier="Ipê Linhas", hours=11.7), agency="Costa Vozes", minutes=(15,)),
    Expert("sara", "Sara Lindqvarn", "Lindqvarn, Sara", "SE", "Europe/Stockholm", ("sv", "en"), "Blogger", "coverage in cold climates",
           "field engineers in the Nordics", "Blog", ("SE", "FI", "NO"),
           Ticket("7450", "SEK", "ARN", travel_class=TravelClass.ECONOMY, carrier="Boreal Air", hours=2.7), minutes=(30,)),
    Expert("bilal", "Bilal Qureshan", "Qureshan, Bilal", "PK", "Asia/Karachi", ("ur", "en"), "Video blogger", "private networks explained in Urdu",
           "students and plant engineers in Pakistan", "YouTube", ("PK",),
           Ticket("965000", "PKR", "LHE", carrier="Ravi Airways", hours=8.3), minutes=(30,)),
    Expert("hana", "서하나", "Seo, Hana", "KR", "Asia/Seoul", ("ko", "en"), "Blogger", "teardowns of indoor radios",
           "smart-factory engineers in Korea", "Naver", ("KR",),
           Ticket("6420000", "KRW", "ICN", carrier="Han River Air", hours=14.1), name_order=NameOrder.FAMILY_FIRST, minutes=(45,)),
    Expert("carla", "Carla Brightwell-Ortiz", "Brightwell-Ortiz, Carla", "US", "America/Chicago", ("en", "es"), "Analyst", "campus networks in retail",
           "retail network buyers in the United States", "Newsletter", ("US", "MX"),
           Ticket("1980", "USD", "ORD", travel_class=TravelClass.PREMIUM_ECONOMY, carrier="Prairie Air", hours=8.0),
           employer="Harbor & Pine Advisory", minutes=(30,)),
    Expert("marta", "Marta Kowaleska", "Kowaleska, Marta", "PL", "Europe/Warsaw", ("pl", "en"), "Journalist", "supply chains of radio parts",
           "industry readers in Poland", "Magazine", ("PL",)),
    Expert("chidi", "Chidi Nwafordi", "Nwafordi, Chidi", "NG", "Africa/Lagos", ("en",), "Podcaster", "start-ups on open networks",
           "founders in Lagos", "Podcast", ("NG",)),
    Expert("yusra", "Yusra Demirhan", "Demirhan, Yusra", "KE", "Africa/Nairobi", ("en", "sw"), "Blogger", "connectivity for clinics",
           "health planners in East Africa", "Blog", ("KE", "UG")),
    Expert("tomas", "Tomás Ibarrondo", "Ibarrondo, Tomás", "ES", "Europe/Madrid", ("es", "en"), "Academic", "energy use of radio networks",
           "researchers in Spain", "Blog", ("ES",)),
    Expert("wei", "韦清越", "Wei, Qingyue", "CN", "Asia/Shanghai", ("zh-Hans", "en"), "Analyst", "factory networks in Guangdong",
           "plant managers in China", "Newsletter", ("CN",)),
)  # fmt: skip

#: The exchange rates of the event, frozen by the treasury: one unit in GBP.
RATES = {
    "AED": Decimal("0.2045"), "TRY": Decimal("0.0182"), "USD": Decimal("0.7480"), "AUD": Decimal("0.5120"), "EUR": Decimal("0.8640"),
    "ZAR": Decimal("0.0424"), "INR": Decimal("0.0086"), "BRL": Decimal("0.1380"), "SEK": Decimal("0.0785"), "PKR": Decimal("0.00264"),
    "KRW": Decimal("0.00054"),
}  # fmt: skip

#: An older list, and what each of its people declared of themselves; one did not.
DECLARED = (
    ("amal", "women"), ("nneka", "women"), ("ines", "women"), ("lerato", "women"), ("sara", "women"), ("carla", "women"),
    ("kerem", "men"), ("jack", "men"), ("mateus", "men"), ("chidi", "men"), ("tomas", "men"), ("priya", ""),
)  # fmt: skip

#: Those who came.
GUESTS = tuple(expert for expert in EXPERTS if expert.ticket is not None)
#: Who sat at the host's side of the dinner.
HOSTS = (
    "Grace Adeyemi-Holm", "Liang Haoran", "Petra Novotna", "Ruth Mbeki-Hansen", "Mei Tanaka-Lindt", "Tom Ashgrove", "Ottilie Brandt-Sorum",
    "Ewan MacAllister", "Farah Siddiqa", "Jonas Eklundh",
)  # fmt: skip

EXECUTIVES = (
    ("ceo", "Grace Adeyemi-Holm", "Chief Executive Officer"),
    ("cto", "Liang Haoran", "Chief Technology Officer"),
    ("vp", "Petra Novotna", "Vice President, Private Networks"),
)
#: What those who meet them read: who they are, what they can be asked about, languages.
EXECUTIVE_BRIEFS = {
    "ceo": (
        "Leads the company since 2021; an engineer who began in the field.",
        "Strategy, energy, open networks",
        ["en", "sv"],
    ),
    "cto": (
        "Builds radios for twenty years and answers for the roadmap.",
        "Roadmap, standards, silicon",
        ["en", "zh-Hans"],
    ),
    "vp": (
        "Runs the business with private networks in ports, mines and hospitals.",
        "Private networks, pilots",
        ["en", "cs"],
    ),
}


#: How the words of a piece of evidence begin, and what that makes it.
_KINDS = {
    "Advisory": EvidenceKind.ADVISORY_CALL, "Quoted": EvidenceKind.CITATION, "Series": EvidenceKind.PUBLICATION,
    "Co-author": EvidenceKind.PUBLICATION, "Book": EvidenceKind.PUBLICATION, "Report": EvidenceKind.PUBLICATION,
    "Market": EvidenceKind.PUBLICATION, "Column": EvidenceKind.PUBLICATION, "Note": EvidenceKind.PUBLICATION,
    "Episode": EvidenceKind.CITATION, "Urdu": EvidenceKind.PUBLICATION, "Teardown": EvidenceKind.PUBLICATION,
    "Naver": EvidenceKind.PUBLICATION, "Field": EvidenceKind.PUBLICATION,
}  # fmt: skip


def kind_of(summary: str) -> EvidenceKind:
    """A talk unless its first word says otherwise."""
    return _KINDS.get(summary.partition(" ")[0], EvidenceKind.TALK)


def evidence_of(expert: Expert) -> tuple[str, str]:
    """Two things the expert did, in words."""
    return _TALKS.get(expert.key, expert.evidence)
