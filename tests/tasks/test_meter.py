"""Processor time by part."""

from tasks.meter import listening, part


def burn() -> int:
    return sum(range(300_000))


def test_parts_of_the_same_name_add_up_and_nobody_needs_to_listen():
    with part("unheard"):
        burn()
    with listening() as once, part("a"):
        burn()
    with listening() as parts:
        for _ in range(4):
            with part("a"):
                burn()
        with part("b"):
            pass
    assert set(once) == {"a"}
    assert set(parts) == {"a", "b"}
    assert parts["a"] > 2 * once["a"]


def test_a_part_that_fails_is_counted():
    with listening() as parts:
        try:
            with part("a"):
                burn()
                raise ValueError
        except ValueError:
            pass
    assert parts["a"] > 0
