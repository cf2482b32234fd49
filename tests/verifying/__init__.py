"""Helpers of `test_verify`: reports as they are kept, damage, and a chainer."""
