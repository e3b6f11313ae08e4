"""What is checked when the broker was killed and has started again."""

from checklist import equal, run
from common import ADMIN, CODECS, RECORDS, consumer, messages, read


def records_of_each_codec_are_there():
    for codec in CODECS:
        equal(read(f"codec-{codec}", len(RECORDS)), RECORDS)


def a_group_goes_on_where_it_had_committed():
    found = ADMIN.list_group_offsets({"kept-over-crash": None})["kept-over-crash"]
    begins = {place.partition: value.offset for place, value in found.items()}
    equal(sum(begins.values()), 1500)
    client = consumer("kept-over-crash", "kept-over-crash")
    got = messages(client, 1500)
    client.close()
    equal(len({int(message.value) for message in got}), 1500)
    for partition in range(3):
        mine = [message.offset for message in got if message.partition == partition]
        equal(mine, list(range(begins.get(partition, 0), 1000)))


def notes_and_altered_offsets_are_there():
    found = ADMIN.list_group_offsets({"noted": None, "altered": None})
    (noted,) = found["noted"].values()
    equal((noted.offset, noted.metadata), (7, "a note"))
    equal({place.partition: value.offset for place, value in found["altered"].items()}, {1: 6})


run(
    [
        records_of_each_codec_are_there,
        a_group_goes_on_where_it_had_committed,
        notes_and_altered_offsets_are_there,
    ]
)
