from operators.border_features import BorderFeatures


def features_of(build_film, piece):
    film = build_film(
        [piece(10, look=1, kind="dissolve", gap=5), piece(10, look=2, kind="dissolve", gap=5), piece(10, look=3)]
    )
    fragments = tuple(
        fragment.model_copy(update={"tail": (fragment.head[0] * 10,)}) for fragment in reversed(film.scan.fragments)
    )
    return BorderFeatures.of_film(film.scan.model_copy(update={"fragments": fragments}))


def test_a_shot_begins_and_ends_as_its_first_and_last_fragment_do(build_film, piece):
    features = features_of(build_film, piece)
    assert (features.first_within((0, 40)), features.last_within((0, 40))) == ((1,), (30,))
    assert (features.first_within((9, 16)), features.last_within((9, 16))) == ((1,), (20,))
    assert (features.first_within((10, 30)), features.last_within((10, 30))) == ((2,), (20,))


def test_frames_that_no_fragment_holds_have_no_features(build_film, piece):
    features = features_of(build_film, piece)
    for frames in [(10, 15), (12, 13), (25, 30), (40, 50)]:
        assert (features.first_within(frames), features.last_within(frames)) == ((), ())
        assert features.overlapping(frames) == ()


def test_a_border_is_described_by_the_frames_beside_it(build_film, piece):
    features = features_of(build_film, piece)
    assert (features.ending_at(10), features.starting_at(15)) == ((10,), (2,))
    assert (features.ending_at(11), features.starting_at(14)) == ((), ())
    assert features.ending_at(0) == ()


def test_shared_frames_are_counted(build_film, piece):
    features = features_of(build_film, piece)
    assert [(fragment.head, shared) for fragment, shared in features.overlapping((8, 31))] == [
        ((1,), 2),
        ((2,), 10),
        ((3,), 1),
    ]


def test_a_fragment_that_was_not_described_is_passed_over_within_the_shot(build_film, piece):
    film = build_film([piece(10, look=1), piece(3, look=2), piece(10, look=3)])
    described = [fragment.model_copy(update={"tail": (9,)}) for fragment in film.scan.fragments]
    described[1] = described[1].model_copy(update={"head": (), "tail": ()})
    features = BorderFeatures.of_film(film.scan.model_copy(update={"fragments": tuple(described)}))
    assert (features.last_within((0, 13)), features.first_within((10, 23))) == ((9,), (3,))
    assert (features.ending_at(13), features.starting_at(10)) == ((), ())
