"""Models in which types, defaults, names, constraints and indexes are spelled in ways that comparisons trip over."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Mood(enum.Enum):
    """The names are the labels."""

    sad = 1
    so_so = 2
    happy = 3


class Money(sa.TypeDecorator[object]):
    """A type of the application's own."""

    impl = sa.Numeric(12, 2)
    cache_ok = True


class Base(DeclarativeBase):
    """The declarative base of everything here."""


metadata = Base.metadata
LONG = "a_name_of_exactly_sixty_three_characters_is_the_longest_of_them"


class Types(Base):
    """Types that have several names, or parameters that catalogs print in another way."""

    __tablename__ = "types"
    id: Mapped[int] = mapped_column(primary_key=True)
    varchar = sa.Column(sa.String)
    varchar_sized = sa.Column(sa.String(50))
    characters = sa.Column(sa.Text)
    char_of_three = sa.Column(sa.CHAR(3))
    unicode = sa.Column(sa.Unicode(20))
    collated = sa.Column(sa.String(20, collation="C"))
    german = sa.Column(sa.Text(collation="ucs_basic"))
    numeric = sa.Column(sa.Numeric)
    numeric_10 = sa.Column(sa.Numeric(10))
    numeric_10_2 = sa.Column(sa.Numeric(10, 2))
    decimal_5_0 = sa.Column(sa.DECIMAL(5, 0))
    own_type = sa.Column(Money)
    real = sa.Column(sa.REAL)
    float_plain = sa.Column(sa.Float)
    float_24 = sa.Column(sa.Float(24))
    float_53 = sa.Column(sa.Float(53))
    double = sa.Column(sa.Double)
    double_precision = sa.Column(pg.DOUBLE_PRECISION)
    small = sa.Column(sa.SmallInteger)
    big = sa.Column(sa.BigInteger)
    either = sa.Column(sa.BigInteger().with_variant(sa.Integer, "postgresql"))
    day = sa.Column(sa.Date)
    naive = sa.Column(sa.DateTime)
    aware = sa.Column(sa.DateTime(timezone=True))
    milliseconds = sa.Column(pg.TIMESTAMP(timezone=True, precision=3))
    clock = sa.Column(sa.Time)
    clock_aware = sa.Column(sa.Time(timezone=True))
    clock_short = sa.Column(pg.TIME(precision=0))
    span = sa.Column(sa.Interval)
    span_days = sa.Column(pg.INTERVAL(fields="DAY TO SECOND", precision=3))
    bits = sa.Column(pg.BIT(5))
    bits_up_to = sa.Column(pg.BIT(8, varying=True))
    blob = sa.Column(sa.LargeBinary)
    uuid = sa.Column(sa.Uuid)
    uuid_as_text = sa.Column(sa.Uuid(native_uuid=False))
    json = sa.Column(sa.JSON)
    jsonb = sa.Column(pg.JSONB)
    address = sa.Column(pg.INET)
    network = sa.Column(pg.CIDR)
    words = sa.Column(pg.TSVECTOR)
    money = sa.Column(pg.MONEY)
    period = sa.Column(pg.TSTZRANGE)
    periods = sa.Column(pg.TSTZMULTIRANGE)
    tags = sa.Column(pg.ARRAY(sa.Text))
    sized_tags = sa.Column(pg.ARRAY(sa.String(10)))
    matrix = sa.Column(pg.ARRAY(sa.Integer, dimensions=2))
    moods = sa.Column(pg.ARRAY(sa.Enum(Mood, name="mood")))
    mood = sa.Column(sa.Enum(Mood, name="mood"))
    mood_text = sa.Column(sa.Enum(Mood, native_enum=False))
    mood_checked = sa.Column(sa.Enum(Mood, native_enum=False, create_constraint=True, name="mood_checked", length=20))
    labels = sa.Column(sa.Enum("it's", "100%", "a,b", "ü", "", name="odd labels", schema="odd schema"))
    flag_checked = sa.Column(sa.Boolean(create_constraint=True, name="flag_checked"))
    email = sa.Column(pg.DOMAIN("email", sa.Text, check=r"VALUE ~ '^[^@]+@[^@]+\.[a-z]{2,}$'", not_null=False))
    score = sa.Column(
        pg.DOMAIN("score", sa.Integer, default=sa.text("7"), constraint_name="up", check=sa.text("value > 0"))
    )


ORDER_NUMBERS = sa.Sequence("order_numbers", start=100, increment=5, cache=10, metadata=metadata)
DEFAULTS: dict[str, tuple[object, object]] = {
    "zero": (sa.Integer, "0"),
    "zero_text": (sa.Integer, sa.text("0")),
    "zero_quoted": (sa.BigInteger, sa.text("'0'")),
    "zero_cast": (sa.BigInteger, sa.text("0::bigint")),
    "negative": (sa.Integer, sa.text("-1")),
    "negative_quoted": (sa.Integer, "-1"),
    "fraction": (sa.Numeric(10, 2), sa.text("0.0")),
    "fraction_quoted": (sa.Numeric(10, 2), "1.50"),
    "exponent": (sa.Double, sa.text("1e-7")),
    "sum": (sa.Integer, sa.text("1 + 1")),
    "yes": (sa.Boolean, sa.true()),
    "no": (sa.Boolean, sa.false()),
    "yes_letter": (sa.Boolean, "t"),
    "no_number": (sa.Boolean, sa.text("'0'")),
    "yes_word": (sa.Boolean, sa.text("TRUE")),
    "empty": (sa.String(5), ""),
    "cast": (sa.String(20), sa.text("'a'::character varying")),
    "cast_other": (sa.String(20), sa.text("CAST('a' AS text)")),
    "percent": (sa.Text, "100%"),
    "percent_text": (sa.Text, sa.text("'5 % of %s'")),
    "colon": (sa.Text, sa.text(r"'a\:b'")),
    "escape": (sa.Text, sa.text(r"E'tab\tline\n'")),
    "lines": (sa.Text, "one\ntwo"),
    "null": (sa.Text, sa.text("NULL")),
    "upper": (sa.Text, sa.func.upper("abc")),
    "concatenated": (sa.Text, sa.text("'a' || 'b'")),
    "user": (sa.Text, sa.text("CURRENT_USER")),
    "now": (sa.DateTime(timezone=True), sa.func.now()),
    "now_text": (sa.DateTime(timezone=True), sa.text("NOW()")),
    "current": (sa.DateTime(timezone=True), sa.func.current_timestamp()),
    "current_text": (sa.DateTime(timezone=True), sa.text("CURRENT_TIMESTAMP")),
    "current_naive": (sa.DateTime, sa.text("(now() AT TIME ZONE 'utc')")),
    "timezone": (sa.DateTime, sa.text("timezone('utc', now())")),
    "in_a_day": (sa.DateTime(timezone=True), sa.text("now() + interval '1 day'")),
    "moment": (sa.DateTime(timezone=True), "2020-01-01 12:00:00+02"),
    "day": (sa.Date, "2020-01-01"),
    "today": (sa.Date, sa.text("CURRENT_DATE")),
    "span": (sa.Interval, "1 day 2:00"),
    "span_text": (sa.Interval, sa.text("interval '90 minutes'")),
    "json": (pg.JSONB, "{}"),
    "json_text": (pg.JSONB, sa.text("'{}'::jsonb")),
    "json_spaced": (pg.JSONB, sa.text("""'{"a":  [1,2], "b": null}'""")),
    "json_built": (pg.JSONB, sa.text("jsonb_build_object('a', 1)")),
    "json_plain": (sa.JSON, sa.text("'[]'::json")),
    "array": (pg.ARRAY(sa.Text), "{}"),
    "array_text": (pg.ARRAY(sa.Text), sa.text("ARRAY[]::text[]")),
    "array_filled": (pg.ARRAY(sa.Integer), sa.text("ARRAY[1, 2]")),
    "mood": (sa.Enum(Mood, name="mood"), "sad"),
    "mood_text": (sa.Enum(Mood, name="mood"), sa.text("'so_so'::mood")),
    "uuid": (sa.Uuid, sa.text("gen_random_uuid()")),
    "uuid_zero": (sa.Uuid, "00000000-0000-0000-0000-000000000000"),
    "bytes": (sa.LargeBinary, sa.text(r"'\x00ff'")),
    "address": (pg.INET, "127.0.0.1"),
    "bits": (pg.BIT(3), sa.text("B'101'")),
    "range": (pg.INT4RANGE, "[1,5]"),
    "cased": (sa.Integer, sa.text("CASE WHEN now() > '2020-01-01' THEN 1 ELSE 2 END")),
    "order_number": (sa.BigInteger, ORDER_NUMBERS.next_value()),
}
sa.Table(
    "defaults",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, kind, server_default=default) for name, (kind, default) in DEFAULTS.items()),  # type: ignore[arg-type] # any
)

sa.Table("quoted", metadata, sa.Column("quotes", sa.Text, server_default='it\'s "so"'))

# Keys and columns that fill themselves.
sa.Table("key_small", metadata, sa.Column("id", sa.SmallInteger, primary_key=True))
sa.Table("key_big", metadata, sa.Column("id", sa.BigInteger, primary_key=True))
sa.Table("key_given", metadata, sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False))
sa.Table("key_identity", metadata, sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True))
sa.Table(
    "key_always",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True, start=42, increment=2), primary_key=True),
)
sa.Table(
    "key_cycle",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(minvalue=-5, maxvalue=5, cycle=True), primary_key=True),
)
sa.Table("key_sequence", metadata, sa.Column("id", sa.Integer, sa.Sequence("key_sequence_numbers"), primary_key=True))
sa.Table(
    "computed",
    metadata,
    sa.Column("a", sa.Integer, nullable=False),
    sa.Column("stored", sa.Integer, sa.Computed("a * 2", persisted=True)),
    sa.Column("virtual", sa.Integer, sa.Computed("(a+1)", persisted=False)),
    sa.Column("name", sa.Text, sa.Computed("'n' || a::text", persisted=True)),
)

# Constraints, with and without names, and indexes of every kind.
parents = sa.Table(
    "parents",
    metadata,
    sa.Column("a", sa.Integer),
    sa.Column("b", sa.String(10)),
    sa.Column("up", sa.Integer),
    sa.Column("up_name", sa.String(10)),
    sa.PrimaryKeyConstraint("a", "b", name="the key of parents"),
    sa.ForeignKeyConstraint(["up", "up_name"], ["parents.a", "parents.b"]),
    comment='It\'s 100% "quoted"',
)
children = sa.Table(
    "children",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("a", sa.Integer, comment="o'clock"),
    sa.Column("b", sa.String(10)),
    sa.Column("email", sa.Text, unique=True),
    sa.Column("code", sa.String(8), index=True),
    sa.Column("code_unique", sa.String(8), index=True, unique=True),
    sa.Column("type_id", sa.ForeignKey("types.id", ondelete="CASCADE", onupdate="RESTRICT")),
    sa.Column(
        "later", sa.ForeignKey("odd schema.Order.Id", deferrable=True, initially="DEFERRED", ondelete="SET NULL")
    ),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("data", pg.JSONB),
    sa.Column("during", pg.TSRANGE),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("price", sa.Numeric(10, 2)),
    sa.ForeignKeyConstraint(["a", "b"], ["parents.a", "parents.b"], name="children_parent", match="FULL"),
    sa.UniqueConstraint("a", "b"),
    sa.UniqueConstraint("b", "code", name="uq_deferred", deferrable=True, initially="DEFERRED"),
    sa.UniqueConstraint("state", "code", postgresql_nulls_not_distinct=True, postgresql_include=["price"]),
    sa.CheckConstraint("state IN ('new', 'old')"),
    sa.CheckConstraint("price >= 0 AND price < 100 OR price IS NULL", name="ck_price"),
    sa.CheckConstraint("state = ANY (ARRAY['new'::text, 'old'])", name="ck_array"),
    sa.CheckConstraint("length(code) BETWEEN 1 AND 8 and code not like '%\\%%'", name="ck 100%"),
    sa.CheckConstraint(sa.func.lower(sa.literal_column("state")) == sa.literal_column("state"), name="ck_lower"),
    pg.ExcludeConstraint(("during", "&&"), where=sa.text("state <> 'old'"), name="no_overlap"),
    pg.ExcludeConstraint((sa.func.int4range(sa.literal_column("a"), sa.literal_column("id")), "&&"), deferrable=True),
)
sa.Index("ix_lower", sa.func.lower(children.c.email), unique=True)
sa.Index("ix_partial", children.c.code, postgresql_where=children.c.state == "new")
sa.Index("ix_partial_text", children.c.code, postgresql_where=sa.text("state IN ('new', 'old') AND price > 0"))
sa.Index("ix_desc", children.c.a.desc().nulls_last(), sa.desc("b"), "code")
sa.Index("ix_pattern", "email", postgresql_ops={"email": "text_pattern_ops"})
sa.Index("ix_gin", children.c.data, postgresql_using="gin", postgresql_ops={"data": "jsonb_path_ops"})
sa.Index("ix_json", children.c.data["kind"].astext, sa.cast(children.c.data["n"].astext, sa.Integer).desc())
sa.Index("ix_words", sa.func.to_tsvector(sa.text("'english'"), children.c.email), postgresql_using="gin")
sa.Index("ix_covering", "code", postgresql_include=["price", "state"])
sa.Index("ix_nulls", "code", "a", unique=True, postgresql_nulls_not_distinct=True)
sa.Index("ix_brin", "at", postgresql_using="brin", postgresql_with={"pages_per_range": 16})
sa.Index("ix_hash", "email", postgresql_using="hash")
sa.Index("ix_gist", "during", postgresql_using="gist")
sa.Index("ix_full", "id", postgresql_with={"fillfactor": 50, "deduplicate_items": "off"})
sa.Index("ix_collated", sa.text('email COLLATE "C" varchar_pattern_ops'), _table=children)
sa.Index("ix_day", sa.text("date_trunc('day', at AT TIME ZONE 'utc')"), _table=children)

# Names that must be quoted, in a schema that must be.
sa.Table(
    "Order",
    metadata,
    sa.Column("Id", sa.Integer, primary_key=True),
    sa.Column("select", sa.Text, index=True),
    sa.Column("sp ace", sa.Text, unique=True),
    sa.Column('quo"ted', sa.Text, server_default="x"),
    sa.Column("per%cent", sa.Integer, sa.CheckConstraint('"per%cent" % 2 = 0'), index=True),
    sa.Column("co:lon", sa.Integer),
    sa.Column("dot.ted", sa.Integer, server_default=sa.text("'5'")),
    sa.Column("ümläut", sa.Enum("ä", "ö", name="Ümlaut.Enum", schema="odd schema")),
    sa.Column("(brackets)", sa.Integer, index=True),
    sa.Column(LONG, sa.Integer, unique=True, index=True),
    sa.Index("USING x.y (z)", "co:lon", "dot.ted"),
    schema="odd schema",
)
sa.Table(
    "x" * 63,
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(LONG, sa.ForeignKey("types.id"), unique=True),
)

# Two tables that need each other, and tables of other kinds.
sa.Table(
    "hens",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("egg", sa.ForeignKey("eggs.id", use_alter=True, name="hens_egg")),
)
sa.Table(
    "eggs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("hen", sa.ForeignKey("hens.id"), nullable=False),
)
sa.Table("cache", metadata, sa.Column("k", sa.Text), prefixes=["UNLOGGED"], postgresql_with={"fillfactor": 70})
sa.Table("events", metadata, sa.Column("at", sa.Date, primary_key=True), postgresql_partition_by="RANGE (at)")
