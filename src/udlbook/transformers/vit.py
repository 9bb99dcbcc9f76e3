r"""The vision transformer: an image is a sentence of patches.

The image is cut into squares of P x P pixels. One linear map makes each a vector; a learned
vector, the class token, is put in front; learned positions are added. Blocks of attention without
a mask follow, and the logits are read off the class token alone.

Source: Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, arXiv:2010.11929, section
3.1, equations 1 to 4. Ours differs: the head is one linear layer, as in the paper's fine-tuning.
"""

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from ..layers import LayerNorm, MultiHeadAttention
from .gpt import Block, GELUNetwork


def image_patches(images: Tensor, size: int) -> Tensor:
    """Cut images into squares, row by row; each becomes a vector of channels x rows x columns.

    Shapes:
        (B, C, H, W) -> (B, H W / size^2, C size^2).

    Raises:
        ValueError: If ``size`` does not divide height and width.

    >>> image_patches(torch.arange(8.0).reshape(1, 1, 2, 4), 2)
    tensor([[[0., 1., 4., 5.],
             [2., 3., 6., 7.]]])
    """
    sizes = check_shape("images", images, "B", "C", "H", "W")
    check_range("size", size, 1)
    if sizes["H"] % size or sizes["W"] % size:
        raise ValueError(f"size must divide {sizes['H']} and {sizes['W']}; got {size}")
    cut = images.unflatten(3, (-1, size)).unflatten(2, (-1, size))  # (B, C, h, P, w, P)
    return cut.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


class ViT(nn.Module):
    """A vision transformer.

    Args:
        image: Height and width of the images, in pixels.
        patch: Height and width of a patch; divides ``image``.
        channels: Of the images.
        n_classes: Number of logits.
        d_model: Width of the vectors.
        n_heads: Heads of attention.
        n_layers: Blocks.
        dropout: Probability of losing a number in training.

    Shapes:
        (B, channels, image, image) -> (B, n_classes).

    Raises:
        ValueError: If the sizes do not fit each other.
    """

    def __init__(
        self,
        *,
        image: int,
        patch: int,
        channels: int = 1,
        n_classes: int = 10,
        d_model: int = 64,
        n_heads: int = 4,
        n_layers: int = 2,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if patch < 1 or image % patch:
            raise ValueError(f"patch must divide image={image}; got {patch}")
        self.image, self.patch, self.channels = image, patch, channels
        self.embedding = nn.Linear(channels * patch**2, d_model)
        self.class_token = nn.Parameter(torch.zeros(d_model))
        self.places = nn.Parameter(torch.empty((image // patch) ** 2 + 1, d_model))
        nn.init.normal_(self.places, std=0.02)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            Block(
                MultiHeadAttention(d_model, n_heads, dropout=dropout),
                GELUNetwork(d_model, 4 * d_model, approximate="none"),
                lambda: LayerNorm(d_model),
                dropout,
            )
            for _ in range(n_layers)
        )
        self.norm = LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        check_shape("images", images, "B", self.channels, self.image, self.image)
        x = self.embedding(image_patches(images, self.patch))  # (B, patches, d_model)
        first = self.class_token.expand(len(x), 1, -1)
        x = self.dropout(torch.cat([first, x], dim=1) + self.places)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))
