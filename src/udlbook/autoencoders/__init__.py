"""Autoencoders: an encoder, a decoder, and what keeps the pair from copying.

``linear`` has an exact answer; ``deep`` and ``convolutional`` bend it; ``sparse``, ``denoising``
and ``contractive`` replace a small code by other demands; ``latent`` walks among the codes.

Variational ones are models of the data. ``vae`` holds the model, its decoders and its bound;
``iwae`` tighter bounds and the likelihood; ``inference`` what the encoder loses; ``estimators``
two gradients of an expectation; ``linear_gaussian`` the model in which all of that is known
exactly; ``conditional`` models of x given a label; ``vq`` codes that are words of a codebook.
"""

from .conditional import class_log_likelihoods, labels
from .contractive import (
    ContractiveAutoencoder,
    SmallNoise,
    jacobian,
    jacobian_penalty,
    sampled_jacobian_penalty,
    small_noise,
)
from .convolutional import ConvAutoencoder
from .deep import Autoencoder, deep_autoencoder, fit_autoencoder, reconstruction_loss
from .denoising import KnownMixture, corrupt, denoising_loss, implied_score
from .estimators import pathwise_gradient, score_gradient, signal_to_noise
from .fitting import fit_vae
from .inference import active_units, activity, elbo, refine_posterior
from .iwae import effective_samples, iwae_bound, iwae_loss, log_likelihood, log_weights
from .latent import NormalCodes, lerp, mean_direction, slerp
from .linear import (
    LinearAutoencoder,
    Principal,
    critical_point,
    critical_points,
    linear_gradients,
    linear_loss,
    principal_angles,
    principal_subspace,
)
from .linear_gaussian import LinearGaussian, LinearVAE
from .sparse import (
    SparseAutoencoder,
    best_cosines,
    kl_sparsity,
    l1_sparsity,
    sparse_sums,
    top_k,
)
from .vae import (
    VAE,
    Code,
    Terms,
    elbo_by_entropy,
    elbo_terms,
    kl_warm_up,
    normal_kl,
    normal_log_prob,
    vae_loss,
)
from .vq import VQVAE, Codebook, CodePrior, Quantized, perplexity

__all__ = [
    "class_log_likelihoods",
    "labels",
    "pathwise_gradient",
    "score_gradient",
    "signal_to_noise",
    "active_units",
    "fit_vae",
    "activity",
    "elbo",
    "refine_posterior",
    "effective_samples",
    "iwae_bound",
    "iwae_loss",
    "log_likelihood",
    "log_weights",
    "LinearGaussian",
    "LinearVAE",
    "VAE",
    "Code",
    "Terms",
    "elbo_by_entropy",
    "elbo_terms",
    "kl_warm_up",
    "normal_kl",
    "normal_log_prob",
    "vae_loss",
    "VQVAE",
    "Codebook",
    "CodePrior",
    "Quantized",
    "perplexity",
    "Autoencoder",
    "ContractiveAutoencoder",
    "ConvAutoencoder",
    "KnownMixture",
    "LinearAutoencoder",
    "NormalCodes",
    "Principal",
    "SmallNoise",
    "SparseAutoencoder",
    "best_cosines",
    "corrupt",
    "critical_point",
    "critical_points",
    "deep_autoencoder",
    "fit_autoencoder",
    "denoising_loss",
    "implied_score",
    "jacobian",
    "jacobian_penalty",
    "kl_sparsity",
    "l1_sparsity",
    "lerp",
    "linear_gradients",
    "linear_loss",
    "mean_direction",
    "principal_angles",
    "principal_subspace",
    "reconstruction_loss",
    "sampled_jacobian_penalty",
    "slerp",
    "small_noise",
    "sparse_sums",
    "top_k",
]
