def test_reversing_held_out_sequences_is_learned(toy, cell, attention):
    models = toy.network(cell, attention)
    assert not set(toy.held_out) & {*toy.train, *toy.valid}
    tokens, _, _ = toy.search(models)(toy.source(toy.held_out))
    assert toy.exact(tokens, toy.held_out) >= 0.99
