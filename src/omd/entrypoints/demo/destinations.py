"""The demo's destinations: real places, invented hotels, the same at every run."""

import random
import unicodedata

import msgspec


class Destination(msgspec.Struct, frozen=True):
    """A destination of the demo: its places, and local names its hotels carry."""

    code: str
    name: str
    places: tuple[str, ...]
    words: tuple[str, ...]


class TypeOffer(msgspec.Struct, frozen=True):
    """A room type that a hotel of the demo may offer, and its share of the rooms."""

    code: str
    name: str
    adults: int
    children: int
    occupancy: int
    share: int
    feature: str
    standard: int | None = None


DESTINATIONS = (
    Destination(
        "sibiu",
        "Sibiu",
        ("Sibiu", "Păltiniș", "Cisnădie", "Ocna Sibiului", "Avrig", "Rășinari", "Mediaș", "Cârțișoara"),
        ("Cibin", "Bâlea", "Negoiu", "Brukenthal", "Astra", "Hermannstadt", "Turnul Sfatului", "Piața Mare"),
    ),
    Destination(
        "valea-prahovei",
        "Valea Prahovei",
        ("Sinaia", "Bușteni", "Azuga", "Predeal", "Breaza", "Comarnic", "Poiana Țapului", "Câmpina"),
        ("Caraiman", "Bucegi", "Furnica", "Peleș", "Omu", "Jepii", "Clăbucet", "Valea Cerbului"),
    ),
    Destination(
        "litoral",
        "Litoralul Mării Negre",
        ("Mamaia", "Constanța", "Eforie Nord", "Costinești", "Neptun", "Venus", "Saturn", "Mangalia"),
        ("Tomis", "Ovidiu", "Callatis", "Delfinul", "Pescărușul", "Farul", "Steaua Mării", "Briza"),
    ),
    Destination(
        "bucovina",
        "Bucovina",
        (
            "Gura Humorului",
            "Vatra Dornei",
            "Suceava",
            "Câmpulung Moldovenesc",
            "Vama",
            "Sucevița",
            "Rădăuți",
            "Mănăstirea Humorului",
        ),
        ("Voroneț", "Rarău", "Giumalău", "Obcina", "Dorna", "Călimani", "Ștefan cel Mare", "Pietrele Doamnei"),
    ),
    Destination(
        "maramures",
        "Maramureș",
        ("Baia Mare", "Borșa", "Sighetu Marmației", "Vișeu de Sus", "Ocna Șugatag", "Cavnic", "Săpânța", "Breb"),
        ("Gutâi", "Pietrosul", "Iza", "Mara", "Mogoșa", "Creasta Cocoșului", "Cascada Cailor", "Mocănița"),
    ),
)

COMMON_WORDS = ("Bradul", "Cerbul", "Central", "Cocorul", "Belvedere", "Parc", "Tradițional", "Panoramic")
KINDS = ("Hotel", "Hotel", "Hotel", "Complex", "Grand Hotel", "Resort")

TYPES = (
    TypeOffer("double", "Double", 2, 1, 3, 34, "street side"),
    TypeOffer("single", "Single", 1, 0, 1, 14, "street side"),
    TypeOffer("twin", "Twin", 2, 1, 3, 18, "garden side"),
    TypeOffer("family", "Family", 2, 3, 5, 8, "near lift"),
    TypeOffer("suite", "Suite", 2, 2, 4, 4, "balcony"),
    TypeOffer("triple", "Triple", 3, 1, 4, 10, "garden side", standard=2),
    TypeOffer("superior", "Superior double", 2, 1, 3, 10, "balcony"),
    TypeOffer("accessible", "Accessible double", 2, 1, 3, 3, "accessible"),
    TypeOffer("apartment", "Apartment", 4, 2, 6, 4, "kitchen", standard=2),
    TypeOffer("attic", "Attic studio", 2, 0, 2, 3, "mountain view"),
)
FEWEST_TYPES = 5
ROOMS_PER_FLOOR = 20
FLOORS = 5
ROOMS_PER_HOTEL = FLOORS * ROOMS_PER_FLOOR


def destination_records(destination: Destination, hotels: int) -> list[dict[str, object]]:
    """Return the destination as records of an inventory file, the first `hotels` of its up to 40 hotels."""
    records: list[dict[str, object]] = [{"record": "omd", "omd": destination.code, "name": destination.name}]
    for name in hotel_names(destination)[:hotels]:
        records += _hotel_records(destination.code, name)
    return records


def hotel_names(destination: Destination) -> list[str]:
    """Return the names of the destination's 40 hotels, the same ones every time."""
    chance = random.Random(destination.code)  # noqa: S311 - nothing here is secret
    words = (*destination.words, *COMMON_WORDS)
    stems = [f"{word} {place}" for word in words for place in destination.places if word != place]
    return [f"{chance.choice(KINDS)} {stem}" for stem in chance.sample(stems, 40)]


def code_of(name: str) -> str:
    """Return a name as a code of an inventory file: plain small letters and dashes, at most 40."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return plain.lower().replace(" ", "-")[:40].rstrip("-")


def _hotel_records(omd: str, name: str) -> list[dict[str, object]]:
    chance = random.Random(f"{omd}/{name}")  # noqa: S311 - nothing here is secret
    offered = TYPES[: chance.randint(FEWEST_TYPES, len(TYPES))]
    hotel = code_of(name)
    place = {"omd": omd, "hotel": hotel}
    records: list[dict[str, object]] = [
        {"record": "hotel", **place, "name": name, "time_zone": "Europe/Bucharest", "currency": "RON"}
    ]
    numbers = [str(floor * 100 + at) for floor in range(1, FLOORS + 1) for at in range(1, ROOMS_PER_FLOOR + 1)]
    for offer, count in zip(offered, _shares(offered), strict=True):
        taken, numbers = numbers[:count], numbers[count:]
        records.append(
            {
                "record": "room_type",
                **place,
                "room_type": offer.code,
                "name": offer.name,
                "max_adults": offer.adults,
                "max_children": offer.children,
                "max_occupancy": offer.occupancy,
                **({} if offer.standard is None else {"standard_occupancy": offer.standard}),
                "quantity": count,
            }
        )
        records += [
            {
                "record": "rooms",
                **place,
                "room_type": offer.code,
                "numbers": " ".join(number for number in taken if number[0] == floor),
                "floor": int(floor),
                "features": [offer.feature],
            }
            for floor in sorted({number[0] for number in taken})
        ]
    return records


def _shares(offered: tuple[TypeOffer, ...]) -> list[int]:
    """Return how many of a hotel's rooms each type gets: by share, at least one, the rest to the first."""
    total = sum(offer.share for offer in offered)
    counts = [max(1, ROOMS_PER_HOTEL * offer.share // total) for offer in offered]
    counts[0] += ROOMS_PER_HOTEL - sum(counts)
    return counts
