"""Attention within shots, and of video to timed text.

B batch, S video tokens, L text tokens of one sample, K of all, N heads, D head width.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from training.model.plan import BatchPlan, HeadSplit, TimedText
from training.model.rotary import Rotation, rotate


def attend(
    q_BSND: Tensor, k_BLND: Tensor, v_BLND: Tensor, mask_B1SL: Tensor | None = None, scale: float | None = None
) -> Tensor:
    """``(B, S, N, D)``: every query sees every key that ``mask_B1SL`` (bool) leaves it."""
    q_BNSD, k_BNLD, v_BNLD = (x.permute(0, 2, 1, 3) for x in (q_BSND, k_BLND, v_BLND))
    out_BNSD = scaled_dot_product_attention(q_BNSD, k_BNLD, v_BNLD, attn_mask=mask_B1SL, scale=scale)
    return out_BNSD.permute(0, 2, 1, 3)


def self_attention(q_BSND: Tensor, k_BSND: Tensor, v_BSND: Tensor, plan: BatchPlan, layer: int) -> Tensor:
    """``(B, S, N, D)``. Queries and keys are rotated already."""
    if not plan.masks_video(layer) or all(len(sample.starts) == 1 for sample in plan.samples):
        return attend(q_BSND, k_BSND, v_BSND)
    if plan.settings.backend == "dense":
        mask_BSS = torch.stack([_shot_mask(plan, b, q_BSND.device) for b in range(len(plan.samples))])
        return attend(q_BSND, k_BSND, v_BSND, mask_BSS[:, None])
    return _by_layout(q_BSND, k_BSND, v_BSND, plan)


def _by_layout(q_BSND: Tensor, k_BSND: Tensor, v_BSND: Tensor, plan: BatchPlan) -> Tensor:
    """Samples that are cut alike go together."""
    layouts: dict[tuple[int, ...], list[int]] = {}
    for b, sample in enumerate(plan.samples):
        layouts.setdefault(sample.starts, []).append(b)
    if len(layouts) == 1:
        return _within_shots(q_BSND, k_BSND, v_BSND, plan, 0)
    done: dict[int, Tensor] = {}
    for rows in layouts.values():
        out_bSND = _within_shots(q_BSND[rows], k_BSND[rows], v_BSND[rows], plan, rows[0])
        done.update(zip(rows, out_bSND.unbind(0), strict=True))
    return torch.stack([done[b] for b in range(len(plan.samples))])


def _within_shots(q_BSND: Tensor, k_BSND: Tensor, v_BSND: Tensor, plan: BatchPlan, sample: int) -> Tensor:
    sizes = [end - start for start, end in plan.shot_tokens(sample)]
    shown = plan.grid.per_frame if plan.settings.first_frame else 0
    keys, values = _seen_by_shots(k_BSND, sizes, shown), _seen_by_shots(v_BSND, sizes, shown)
    queries = q_BSND.split(sizes, dim=1)
    return torch.cat([attend(*each) for each in zip(queries, keys, values, strict=True)], dim=1)


def _seen_by_shots(x_BSND: Tensor, sizes: list[int], shown: int) -> list[Tensor]:
    """Each shot's own tokens after the first ``shown`` of the clip. Split at once: the gradient of a slice is as large as what it
    was taken from, and there would be one for each shot."""
    if shown == 0:
        return list(x_BSND.split(sizes, dim=1))
    first, *parts = x_BSND.split([shown, sizes[0] - shown, *sizes[1:]], dim=1)
    return [torch.cat((first, part), dim=1) for part in parts]


def _shot_mask(plan: BatchPlan, sample: int, device: torch.device) -> Tensor:
    """``(S, S)`` bool, True where the row may see the column."""
    shot_S = torch.zeros(plan.grid.tokens, dtype=torch.long, device=device)
    for number, (start, end) in enumerate(plan.shot_tokens(sample)):
        shot_S[start:end] = number
    mask_SS = shot_S[:, None] == shot_S[None, :]
    if plan.settings.first_frame:
        mask_SS[:, : plan.grid.per_frame] = True
    return mask_SS


def cross_attention(q_BSND: Tensor, k_KND: Tensor, v_KND: Tensor, plan: BatchPlan, layer: int) -> Tensor:
    """``(B, S, N, D)``. ``k_KND``, ``v_KND``: the text of all samples, one after another."""
    sizes = [sample.tokens for sample in plan.samples]
    if len(set(sizes)) == 1 and not any(_is_special(plan, b, layer) for b in range(len(sizes))):
        k_BLND, v_BLND = (x.unflatten(0, (len(sizes), sizes[0])) for x in (k_KND, v_KND))
        return attend(q_BSND, k_BLND, v_BLND)
    keys, values = k_KND.split(sizes), v_KND.split(sizes)
    return torch.cat([_one_sample(q_BSND[b : b + 1], keys[b], values[b], plan, b, layer) for b in range(len(sizes))])


def _is_special(plan: BatchPlan, sample: int, layer: int) -> bool:
    return plan.timed[sample] is not None or (plan.masks_text(layer) and plan.visible[sample] is not None)


def _one_sample(q_1SND: Tensor, k_LND: Tensor, v_LND: Tensor, plan: BatchPlan, sample: int, layer: int) -> Tensor:
    text, visible = plan.timed[sample], plan.visible[sample] if plan.masks_text(layer) else None
    scale = None
    if text is not None:
        scale = q_1SND.shape[-1] ** -0.5
        q_1SND = timed_queries(q_1SND, plan.query_time, plan.split)
        k_LND = timed_keys(k_LND, text, plan.split)
    k_1LND, v_1LND = k_LND[None], v_LND[None]
    if visible is None:
        return attend(q_1SND, k_1LND, v_1LND, scale=scale)
    queries = q_1SND.split([end - start for start, end in plan.shot_tokens(sample)], dim=1)
    outs = [
        attend(q_1sND, k_1LND[:, rows], v_1LND[:, rows], scale=scale)
        for q_1sND, rows in zip(queries, visible, strict=True)
    ]
    return torch.cat(outs, dim=1)


def timed_queries(q_BSND: Tensor, time: Rotation, split: HeadSplit) -> Tensor:
    """``(B, S, N, D + D_time)``: plain and entity channels as they are (video is entity 0), the time channels turned by the token's
    time, and again unturned: timed keys meet the former, untimed ones the latter."""
    plain, entity, timely = q_BSND.split(split.sizes, dim=-1)
    turned = rotate(timely, Rotation(time.cos[:, None], time.sin[:, None]))
    return torch.cat((plain, entity, turned, timely), dim=-1)


def timed_keys(k_LND: Tensor, text: TimedText, split: HeadSplit) -> Tensor:
    """``(L, N, D + D_time)``, to be met by ``timed_queries`` at the scale of D channels."""
    plain, entity, timely = k_LND.split(split.sizes, dim=-1)
    labelled = rotate(entity, Rotation(text.entity.cos[:, None], text.entity.sin[:, None]))
    turned = rotate(timely, Rotation(text.time.cos[:, None], text.time.sin[:, None]))
    timed = text.timed[:, None, None]
    nothing = torch.zeros_like(timely)
    return torch.cat(
        (plain, labelled, torch.where(timed, turned, nothing), torch.where(timed, nothing, timely)), dim=-1
    )
