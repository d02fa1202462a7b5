"""What "the same as torch" means: structure, dtype, shape and every bit."""

import torch


def assert_same(ours, theirs):
    """Equal in structure, dtype, shape and every bit."""
    if isinstance(theirs, torch.Tensor) and theirs.is_quantized:
        assert_same(ours.int_repr, theirs.int_repr())
        if theirs.qscheme() == torch.per_tensor_affine:
            assert (ours.scale, ours.zero_point) == (theirs.q_scale(), theirs.q_zero_point())
        else:
            assert_same(ours.scale, theirs.q_per_channel_scales())
            assert_same(ours.zero_point, theirs.q_per_channel_zero_points())
            assert ours.axis == theirs.q_per_channel_axis()
    elif isinstance(theirs, torch.Tensor):
        theirs = theirs.detach().resolve_conj().resolve_neg().numpy()
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        assert ours.tobytes() == theirs.tobytes()
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key in theirs:
            assert_same(ours[key], theirs[key])
    elif isinstance(theirs, (tuple, list)):
        assert isinstance(ours, list if isinstance(theirs, list) else tuple)
        assert len(ours) == len(theirs)
        for our, their in zip(ours, theirs, strict=True):
            assert_same(our, their)
    else:
        assert ours == theirs
