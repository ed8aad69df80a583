#!/usr/bin/env python3
"""Draws the demo creations of cartier_care.

    python3 -m venv /tmp/draw && /tmp/draw/bin/pip install numpy pillow
    /tmp/draw/bin/python devtools/drawings/draw.py                 # all of them
    /tmp/draw/bin/python devtools/drawings/draw.py ring_emerald …  # some of them
    options: --out DIR (default cartier_care/static/img/creations), --svg DIR (keep the SVG sources too),
             --quick (small, for a look), --sheet FILE (contact sheet of what was drawn)

Needs numpy, pillow and a ``chromium`` in the path, which turns the SVG into pixels.
Each picture is one function below, named as its file; the shapes, the light and the stones are in studio.py.
"""
import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image

import studio as st
from studio import (PLATINUM, ROSE, WHITE, YELLOW, Scene, band_profile, circle, metal, revolve, rotation, smooth,
                    superellipse, sweep, unit)

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / 'cartier_care/static/img/creations'
PICTURES = {}
_cache = {}


def picture(f):
    PICTURES[f.__name__] = f
    return f


def cached(key, make):
    if key not in _cache:
        _cache[key] = make()
    return _cache[key]


# ---------------------------------------------------------------- parts

def move(p, rot=None, to=(0, 0, 0)):
    p = np.asarray(p, float)
    return (p if rot is None else p @ np.asarray(rot).T) + np.asarray(to, float)


def standing(yaw=-34, lean=0):
    """A ring on its edge, turned away a little."""
    return rotation((0, 0, 1), yaw) @ rotation((1, 0, 0), lean)


def band(scene, shade, radius=1.0, width=0.4, thickness=0.17, power=2.6, rot=None, to=(0, 0, 0), ellipse=(1, 1),
         flat_inside=True, rows=320, cols=56, inner=0.55):
    prof = band_profile(width, thickness, power, cols, flat_inside)
    p = move(revolve(prof, radius, rows, ellipse), rot, to)
    mid = (prof[:, 0] + np.roll(prof[:, 0], -1)) / 2
    occ = np.where(mid < -thickness * 0.05, inner, 1.0)[None, :]
    scene.mesh(p, shade, closed=(True, True), occ=occ)
    return prof


def tube(scene, path, radius, shade, closed=False, cols=18, up=None, scale=None, **kw):
    scene.mesh(sweep(path, circle(cols, radius), closed, up, scale), shade, closed=(closed, True), **kw)


def ball_image(shade, size=96):
    """A small sphere, seen from the camera of a standing scene."""
    m = size * 2
    g = (np.arange(m) + 0.5) / m * 2 - 1
    x, y = np.meshgrid(g, -g)
    r2 = x * x + y * y
    z = np.sqrt(np.clip(1 - r2, 0, 1))
    e = np.radians(50)
    fwd, up = np.array([0, np.cos(e), -np.sin(e)]), np.array([0, np.sin(e), np.cos(e)])
    n = x[..., None] * np.array([1.0, 0, 0]) + y[..., None] * up - z[..., None] * fwd
    n = unit(n)
    rgb = st.to_srgb(shade(n, np.broadcast_to(-fwd, n.shape), n * 0.5 + 2, np.ones(r2.shape)))
    a = (r2 <= 1).astype(float)
    img = np.concatenate([rgb * a[..., None], a[..., None]], -1).reshape(size, 2, size, 2, 4).mean((1, 3))
    img[..., :3] /= np.maximum(img[..., 3:], 1e-6)
    return Image.fromarray((np.clip(img, 0, 1) * 255).round().astype('uint8'), 'RGBA')


def pearl_shade(n, v, p, occ):
    light = unit([-0.42, -0.35, 0.84])
    d = np.clip(np.sum(n * light, -1, keepdims=True), -1, 1)
    nv = np.clip(np.sum(n * v, -1, keepdims=True), 0, 1)
    h = np.clip(np.sum(n * unit(light + v), -1, keepdims=True), 0, 1)
    base = np.array([0.90, 0.83, 0.74])
    body = base * (0.16 + 0.74 * smooth(-0.8, 1.0, d))
    rim = smooth(0.60, 0.0, nv)
    body = body * (1 - 0.35 * rim) + rim * 0.12 * np.array([1.0, 0.88, 0.78])
    lustre = smooth(0.2, 0.7, 1 - nv) * np.array([-0.02, 0.012, 0.02]) + smooth(0.6, 0.95, nv) * np.array([0.05, 0.02, 0.035])
    floor = 0.22 * smooth(0.25, 0.95, -n[..., 2:3]) * np.array([1.0, 0.94, 0.84])
    return body + lustre + floor + 0.85 * smooth(0.955, 0.995, h) + 0.20 * smooth(0.82, 1, h)


BRILLIANT = st.brilliant()


def melee(i):
    """Small brilliants: a few different ones, so that a paved surface sparkles."""
    i %= 9
    tilt = np.radians([3, 9, 14, 6, 18, 11, 4, 16, 8][i])
    a = i * 2.4
    view = (np.sin(tilt) * np.cos(a), np.sin(tilt) * np.sin(a), np.cos(tilt))
    return f'melee{i}', cached(f'melee{i}', lambda: st.trace_stone(BRILLIANT, view, size=64, seed=i, turn=i * 17, spread=0.03))


def set_stone(scene, center, normal, radius, i, bias=0.06, shadow=False):
    normal = unit(normal)
    a = unit(np.cross([0.31, 0.2, 0.93] if abs(normal[2]) < 0.9 else [0, 1, 0.1], normal))
    b = np.cross(normal, a)
    if normal @ unit(scene.eye - np.asarray(center)) < 0.08:
        return
    key, img = melee(i)
    scene.disc_sprite(key, img, center, a * radius, b * radius, bias, shadow)


def bead(scene, center, radius, shade_name, bias=0.08):
    shade = {'white': metal(WHITE), 'yellow': metal(YELLOW), 'platinum': metal(PLATINUM), 'rose': metal(ROSE)}.get(shade_name)
    img = cached('bead' + shade_name, lambda: ball_image(shade, 40))
    scene.facing_sprite('bead' + shade_name, img, center, radius, bias)


def big_stone(scene, planes, center, rot, radius, key, bias=0.0, size=480, **kw):
    """One stone traced for exactly this point of view; ``rot`` turns stone axes to the scene's."""
    eye = unit(scene.eye - np.asarray(center))
    view, up = eye @ rot, scene.up @ rot
    img = st.trace_stone(planes, view, up, size=size, **kw)
    scene.facing_sprite(key, img, center, radius, bias)


def decal(scene, surface, radius, height, shade, count=64, depth=0.03, bias=0.05, lift=0.004):
    """Engrave ``height(a, b)`` (a, b within the unit disc) into ``surface(a, b) -> point``."""
    r = np.linspace(0.02, 1, count // 2 + 1)
    t = np.linspace(0, 2 * np.pi, count * 2 + 1)
    a, b = r[None, :] * np.cos(t[:, None]), r[None, :] * np.sin(t[:, None])
    e = 0.02

    def at(a, b):
        p = surface(a * radius, b * radius)
        p1, p2 = surface((a + e) * radius, b * radius), surface(a * radius, (b + e) * radius)
        return p, unit(np.cross(p1 - p, p2 - p))

    def raised(a, b):
        p, n = at(a, b)
        return p + n * (height(a, b) * depth)[..., None]
    p0, n0 = at(a, b)
    du, dv = raised(a + e, b) - raised(a - e, b), raised(a, b + e) - raised(a, b - e)
    scene.mesh(p0 + n0 * lift, shade, n=unit(np.cross(du, dv)), bias=bias, shadow=False)


def screw(turn):
    c, s = np.cos(turn), np.sin(turn)

    def height(a, b):
        r = np.hypot(a, b)
        h = -1.2 * (smooth(0.62, 0.72, r) - smooth(0.84, 0.95, r))
        along, across = a * c + b * s, -a * s + b * c
        slot = smooth(0.19, 0.06, np.abs(across)) * smooth(0.66, 0.58, np.abs(along))
        dome = 0.35 * np.clip(1 - r * r / 0.4, 0, 1)
        return h + dome - 1.35 * slot
    return height


def screws_on(scene, shade, prof, radius, count, size, rot, to, ellipse=(1, 1), start=0.0):
    outer = prof[:, 0].max()
    half = np.abs(prof[:, 1]).max()
    for k in range(count):
        t0 = start + k * 2 * np.pi / count

        def surface(a, b, t0=t0):
            # height of the section at this place along the axis
            i = np.argsort(prof[prof[:, 0] >= 0, 1])
            yy, rr = prof[prof[:, 0] >= 0, 1][i], prof[prof[:, 0] >= 0, 0][i]
            h = np.interp(b, yy, rr)
            t = t0 + a / (radius + outer)
            return move(np.stack([np.sin(t) * (radius + h) * ellipse[0], b + 0 * t, np.cos(t) * (radius + h) * ellipse[1]], -1), rot, to)
        decal(scene, surface, size, screw(0.6 + k * 1.9), shade)
    return half


def oval(l, w, count=48, power=2.3):
    return np.concatenate([superellipse(l, w, power, count), np.zeros((count, 1))], 1)


def resample(path, step, closed=False):
    path = np.asarray(path, float)
    if closed:
        path = np.concatenate([path, path[:1]])
    s = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    n = max(int(round(s[-1] / step)), 2)
    q = np.linspace(0, s[-1], n + 1)[:-1] if closed else np.linspace(0, s[-1], n + 1)
    return np.stack([np.interp(q, s, path[:, i]) for i in range(3)], -1)


def chain(scene, path, length, width, wire, shade, closed=False, roll=45, tilt=0, cols=10, count=36, skip=(), power=2.3):
    """Oval links along the path, each turned a quarter against the one before."""
    pts = resample(path, length * 2 - wire * 2.3, closed)
    t, _, _ = st.frames(pts, closed, up=(0, 0, 1))
    for i, (c, d) in enumerate(zip(pts, t)):
        if i in skip:
            continue
        side = unit(np.cross([0, 0, 1], d))
        upv = np.cross(d, side)
        a = np.radians(roll if i % 2 else roll - 90)
        w = np.cos(a) * side + np.sin(a) * upv
        m = np.stack([d, w, np.cross(d, w)], 1)
        tube(scene, move(oval(length - wire, width - wire, count, power), m, c), wire, shade, closed=True, cols=cols,
             up=np.cross(d, w))
    return pts


# ---------------------------------------------------------------- rings

@picture
def ring_band_yellow(worn=False):
    s = Scene(24, 238, (0, 0, 1.02))
    rot, to = standing(-44, 0), (0, 0, 1.1)
    shade = metal(YELLOW)
    if worn:
        plain, rng = shade, np.random.default_rng(3)
        waves = [(unit(rng.normal(size=3)), rng.uniform(4, 15), rng.uniform(0, 6)) for _ in range(9)]

        def shade(n, v, p, occ):
            bump = sum(np.sin(p @ d * f + ph)[..., None] * d for d, f, ph in waves)
            return plain(unit(n + 0.018 * bump + 0.012 * rng.normal(size=n.shape)), v, p, occ) * 0.95
    prof = band(s, shade, width=0.62, thickness=0.2, power=2.5, rot=rot, to=to, rows=420, cols=72)
    if worn:
        outer = prof[prof[:, 0] >= 0]
        outer = outer[np.argsort(outer[:, 1])]
        for k in range(330):
            deep = k % 9 == 0
            t0, y0 = rng.uniform(-1.9, 1.75), rng.uniform(-0.25, 0.25)
            ang, ln = rng.normal(0.25, 0.55), rng.uniform(0.05, 0.2) * (2.0 if deep else 1)
            q = np.linspace(-1, 1, 9)
            t = t0 + q * ln * np.cos(ang) + 0.02 * q ** 2 * rng.normal()
            y = np.clip(y0 + q * ln * np.sin(ang) * 0.8, -0.29, 0.29)
            r = 1.0 + np.interp(y, outer[:, 1], outer[:, 0]) + 0.004
            p = move(np.stack([np.sin(t) * r, y, np.cos(t) * r], -1), rot, to)
            n = move(np.stack([np.sin(t), y * 0.8, np.cos(t)], -1), rot)
            if np.any(np.sum(unit(n) * unit(s.eye - p), -1) < 0.12):
                continue
            w = 1.5 if deep else rng.uniform(0.5, 0.9)
            s.polyline(p, '#5b3a08', w, 0.75 if deep else 0.42, bias=0.2)
            s.polyline(p + s.up * 0.006 + s.right * 0.003, '#fff3cf', w * 0.8, 0.9 if deep else 0.5, bias=0.21)
    return s


@picture
def ring_band_scratched():
    return ring_band_yellow(worn=True)


@picture
def ring_solitaire_platinum():
    s = Scene(33, 212, (0, 0, 1.33))
    rot, to = standing(-30, 0), (0, 0, 1.07)
    shade = metal(PLATINUM)
    band(s, shade, width=0.24, thickness=0.17, power=2.2, rot=rot, to=to, flat_inside=False)
    z = 2.52
    srot = rot @ rotation((0, 0, 1), 12)
    # basket: two rails and six claws
    for h, r in ((-0.32, 0.13), (-0.15, 0.29)):
        c = circle(60, r)
        tube(s, move(np.concatenate([c, np.full((60, 1), h)], 1), srot, (0, 0, z)), 0.035, shade, closed=True, cols=12, up=(0, 0, 1))
    big_stone(s, BRILLIANT, (0, 0, z), srot, 0.52, 'solitaire', bias=0.0, turn=0, size=480, seed=2)
    for k in range(6):
        t = (k + 0.5) * np.pi / 3
        d = np.array([np.cos(t), np.sin(t), 0])
        q = np.array([[0.10, -0.47], [0.2, -0.32], [0.33, -0.17], [0.46, -0.06], [0.515, 0.02], [0.50, 0.09], [0.45, 0.125]])
        u = np.linspace(0, len(q) - 1, 30)
        q = np.stack([np.interp(u, range(len(q)), q[:, i]) for i in (0, 1)], 1)
        path = move(d * q[:, :1] + np.array([0, 0, 1]) * q[:, 1:], srot, (0, 0, z))
        taper = np.ones(30)
        taper[-5:] = np.sqrt(np.linspace(1, 0.02, 5))
        front = move(d, srot) @ s.forward < 0
        tube(s, path, 0.036, shade, cols=12, scale=taper, bias=0.35 if front else -0.0)
    return s


@picture
def ring_paved_white():
    s = Scene(27, 235, (0, 0, 1.04))
    rot, to = standing(-50, 0), (0, 0, 1.12)
    shade = metal(WHITE, 0.92)
    w, th = 0.56, 0.18
    prof = band(s, shade, width=w, thickness=th, power=3.2, rot=rot, to=to)
    outer = prof[prof[:, 0] >= 0]
    outer = outer[np.argsort(outer[:, 1])]
    n = 46
    i = 0
    for row, y in enumerate((-0.172, 0, 0.172)):
        for k in range(n):
            t = (k + 0.5 * (row % 2)) * 2 * np.pi / n
            h = np.interp(y, outer[:, 1], outer[:, 0])
            slope = (np.interp(y + 0.02, outer[:, 1], outer[:, 0]) - np.interp(y - 0.02, outer[:, 1], outer[:, 0])) / 0.04
            p = np.array([np.sin(t) * (1 + h), y, np.cos(t) * (1 + h)])
            nn = np.array([np.sin(t), -slope * 0.8, np.cos(t)])
            set_stone(s, move(p, rot, to), move(nn, rot), 0.083 if row != 1 else 0.088, i * 5 + row * 2 + k)
            t2 = t + np.pi / n
            for yb in ((y - 0.086, y + 0.086) if row == 1 else (y,)):
                tb = t2 if row != 1 else t2 + 0
                hb = np.interp(yb, outer[:, 1], outer[:, 0]) + 0.01
                nb = move(np.array([np.sin(tb), 0, np.cos(tb)]), rot)
                pb = move(np.array([np.sin(tb) * (1 + hb), yb, np.cos(tb) * (1 + hb)]), rot, to)
                if nb @ unit(s.eye - pb) > 0.1:
                    bead(s, pb, 0.02, 'white')
            i += 1
    return s


@picture
def ring_love_rose():
    s = Scene(24, 238, (0, 0, 1.02))
    rot, to = standing(-52, 0), (0, 0, 1.1)
    shade = metal(ROSE)
    prof = band(s, shade, width=0.56, thickness=0.19, power=6, rot=rot, to=to, rows=420, cols=72)
    screws_on(s, shade, prof, 1.0, 8, 0.18, rot, to, start=0.34)
    return s


@picture
def ring_trinity():
    s = Scene(40, 225, (0, 0, 0.36))
    t = np.linspace(0, 2 * np.pi, 520, endpoint=False)
    a = 0.24
    lean = rotation((0, 0, 1), 20)
    for k, f0 in enumerate((WHITE, YELLOW, ROSE)):
        ph = t + k * 2 * np.pi / 3
        path = np.stack([(1.05 + a * np.cos(ph)) * np.cos(t), (1.05 + a * np.cos(ph)) * np.sin(t), a * np.sin(ph) + a + 0.18], -1)
        tube(s, move(path, lean), 0.165, metal(f0), closed=True, cols=48, up=(0, 0, 1))
    return s


@picture
def ring_emerald():
    s = Scene(36, 208, (0, 0, 1.32))
    rot, to = standing(-24, 0), (0, 0, 1.07)
    shade = metal(YELLOW)
    # shoulders widen towards the stone
    t = np.linspace(0, 2 * np.pi, 320, endpoint=False)
    up = smooth(0.2, 1.0, np.cos(t))
    prof = band_profile(0.30, 0.17, 2.4, 48, False)
    r = 1.0 + prof[None, :, 0] * (1 + 0.35 * up[:, None])
    p = np.stack([np.sin(t)[:, None] * r, prof[None, :, 1] * (1 + 0.55 * up[:, None]), np.cos(t)[:, None] * r], -1)
    s.mesh(move(p, rot, to), shade, closed=(True, True), occ=np.where(prof[:, 0] < 0, 0.6, 1.0)[None])
    z = 2.44
    planes = st.emerald_cut()
    srot = rot @ rotation((0, 0, 1), 90)
    half = np.array([0.74, 1.0]) * 0.50
    outline = np.array([[1, 1 - 0.34], [1 - 0.34 / 0.74 * 0.74, 1], [-1 + 0.34, 1], [-1, 1 - 0.34], [-1, -1 + 0.34], [-1 + 0.34, -1], [1 - 0.34, -1], [1, -1 + 0.34]])
    ring = resample(np.concatenate([outline * half, np.zeros((8, 1))], 1), 0.02, closed=True)
    for h, k in ((-0.09, 0.97), (-0.28, 0.66)):
        tube(s, move(ring * k + np.array([0, 0, h]), srot, (0, 0, z)), 0.045, shade, closed=True, cols=14, up=(0, 0, 1))
    stone = st.trace_stone([(n, d / 1.18) for n, d in planes], unit(s.eye - [0, 0, z]) @ srot, s.up @ srot, size=480, index=1.58,
                           spread=0.008, absorb=(3.6, 0.30, 1.5), seed=1)
    s.facing_sprite('emerald', stone, (0, 0, z), 0.50 * 1.18, 0.0)
    for sx in (1, -1):
        for sy in (1, -1):
            d = np.array([sx * half[0] * 0.94, sy * half[1] * 0.93, 0])
            path = np.stack([d * k + [0, 0, h] for k, h in ((0.45, -0.42), (0.68, -0.28), (0.98, -0.09), (1.03, 0.02), (0.98, 0.10), (0.90, 0.13))])
            path = resample(path, 0.02)
            taper = np.ones(len(path))
            taper[-5:] = np.sqrt(np.linspace(1, 0.02, 5))
            front = move(d, srot) @ s.forward < 0
            tube(s, move(path, srot, (0, 0, z)), 0.045, shade, cols=12, scale=taper, bias=0.4 if front else 0)
    return s


@picture
def ring_reproduction():
    """A new signet ring: cushion-shaped top, a thin engraved frame."""
    s = Scene(33, 232, (0, 0, 1.12))
    rot, to = standing(-32, 0), (0, 0, 1.05)
    shade = metal(YELLOW)
    t = np.linspace(-np.pi, np.pi, 520, endpoint=False)
    col = 96
    prof = superellipse(1, 1, 3.0, col)
    top = smooth(0.86, 0.10, np.abs(t))
    wide = 0.17 + 0.40 * top ** 1.15
    thick = 0.085 + 0.02 * top
    r = 1.0 + prof[None, :, 0] * thick[:, None]
    x, z = np.sin(t)[:, None] * r, np.cos(t)[:, None] * r
    y = prof[None, :, 1] * wide[:, None]
    # the plate: flat at a given height
    plate = 1.115
    lift = top[:, None] * np.clip(prof[None, :, 0], 0, 1) ** 0.5
    z = np.where(prof[None, :, 0] > 0, z * (1 - lift) + np.maximum(z, plate) * lift, z)
    p = np.stack([x, y, np.minimum(z, plate)], -1)
    s.mesh(move(p, rot, to), shade, closed=(True, True), occ=np.where(prof[:, 0] < 0, 0.6, 1.0)[None])
    c, sn = superellipse(0.44, 0.44, 3.2, 160).T
    for k, color, w, o in ((0.0, '#6b4406', 2.0, 0.8), (0.009, '#fff1c4', 1.4, 0.9)):
        pl = np.stack([c * (1 - k), sn * (1 - k), np.full(160, plate + 0.004)], -1)
        s.polyline(move(np.concatenate([pl, pl[:1]]), rot, to), color, w, o, bias=0.6)
    return s


# ---------------------------------------------------------------- bracelets

@picture
def bracelet_love():
    s = Scene(21, 212, (0, 0, 0.22))
    shade = metal(YELLOW)
    rot = rotation((0, 0, 1), 14) @ rotation((1, 0, 0), 90)
    to = (0, 0, 0.25)
    ell = (1.12, 0.94)
    prof = band(s, shade, radius=1.3, width=0.50, thickness=0.14, power=7, rot=rot, to=to, ellipse=ell, rows=520, cols=72, inner=0.7)
    screws_on(s, shade, prof, 1.3, 12, 0.15, rot, to, ellipse=ell, start=0.1)
    return s


def loop(rx, ry, z, count=400, wob=0.0, turn=0.0):
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    p = np.stack([rx * np.cos(t) * (1 + wob * np.cos(2 * t + 0.6)), ry * np.sin(t) * (1 + wob * np.sin(3 * t)), np.full(count, z)], -1)
    return move(p, rotation((0, 0, 1), turn))


@picture
def bracelet_chain_yellow():
    s = Scene(56, 200, (0, 0, 0.0), light=(0.5, -0.5))
    chain(s, loop(1.42, 1.3, 0.16, wob=0.03), 0.22, 0.145, 0.05, metal(YELLOW), closed=True, cols=14, count=40)
    return s


@picture
def bracelet_bent():
    s = Scene(60, 268, (0.1, 0.16, 0.30), light=(0.5, -0.5))
    shade = metal(YELLOW)
    x = np.linspace(-2.2, 2.2, 200)
    path = np.stack([x, 0.16 * np.sin(x * 1.3) + 0.42 * x, np.full(200, 0.34)], -1)
    L, W, r = 0.47, 0.31, 0.105
    pts = chain(s, path, L, W, r, shade, cols=26, count=80, skip=(2, 3))
    t, _, _ = st.frames(pts, up=(0, 0, 1))
    for i in (2, 3):
        side = unit(np.cross([0, 0, 1], t[i]))
        upv = np.cross(t[i], side)
        a = np.radians(45 if i % 2 else -45)
        w = np.cos(a) * side + np.sin(a) * upv
        m = np.stack([t[i], w, np.cross(t[i], w)], 1)
        if i == 3:      # pulled open: a gap at the solder, the end bent outwards
            q = np.linspace(0.36, 2 * np.pi - 0.02, 110) + np.pi / 2 - 0.5
            o = np.stack([(L - r) * np.cos(q), (W - r) * np.sin(q), 0 * q], -1)
            k = smooth(0.86, 1.0, np.linspace(0, 1, 110))
            o[:, 1] += 0.20 * k
            o[:, 2] += 0.16 * k
            o[:, 0] += 0.05 * k
            k0 = smooth(0.12, 0.0, np.linspace(0, 1, 110))
            o[:, 2] -= 0.06 * k0
            path = move(o, m, pts[i])
            p = sweep(path, circle(26, r), up=np.cross(t[i], w))
            s.mesh(p, shade, closed=(False, True))
            for e in (0, -1):
                c = path[e]
                cap = c + (p[e] - c)[None] * np.linspace(1, 0.01, 5)[:, None, None]
                s.mesh(cap, metal(YELLOW, 0.7), closed=(False, True), cull=False)
        else:           # bent out of its oval
            o = oval(L - r, W - r, 90)
            o[:, 2] += 0.20 * (o[:, 0] / L) ** 2 * np.sign(o[:, 0]) + 0.10 * o[:, 0] * o[:, 1] / (L * W)
            o[:, 1] += 0.10 * np.sin(o[:, 0] * 4)
            tube(s, move(o, m, pts[i]), r, shade, closed=True, cols=26, up=np.cross(t[i], w))
    return s


@picture
def bracelet_cord_silk():
    s = Scene(58, 205, (0, -0.02, 0.0), light=(0.5, -0.5))
    red = st.cloth((0.36, 0.018, 0.035))
    t = np.linspace(0, 2 * np.pi, 900)
    base = np.stack([1.38 * np.cos(t) * (1 + 0.02 * np.cos(2 * t)), 1.28 * np.sin(t), np.full(900, 0.1)], -1)
    _, n, b = st.frames(base, True, up=(0, 0, 1))
    for k in range(3):
        ph = t * 46 + k * 2 * np.pi / 3
        strand = base + 0.042 * (np.cos(ph)[:, None] * n + np.sin(ph)[:, None] * b)
        tube(s, strand, 0.052, red, cols=12, occ=0.95)
    # the motif: a small ring, front; the cord is tied around it at both sides
    gold = metal(YELLOW)
    c = np.array([0, -1.29, 0.13])
    tilt = rotation((1, 0, 0), 10)
    ring = np.concatenate([circle(120, 0.235), np.zeros((120, 1))], 1)
    # hide the cord behind the motif: the ring lies between two wraps
    s.items = [i for i in s.items if not _inside(s, i[1], c, 0.215)]
    tube(s, move(ring, tilt, c), 0.062, gold, closed=True, cols=26, up=(0, 0, 1), bias=0.05)
    for sx in (-1, 1):
        for k in range(4):
            x = c[0] + sx * (0.325 + 0.058 * k)
            y = base[np.argmin(np.abs(base[:, 0] - x) + (base[:, 1] > 0) * 9), 1]
            u = np.linspace(0, 2 * np.pi, 40, endpoint=False)
            w = np.stack([np.full(40, x), y + 0.115 * np.cos(u), 0.12 + 0.105 * np.sin(u)], -1)
            tube(s, w, 0.034, red, closed=True, cols=10, bias=0.12)
        # loop of cord over the motif's rim
        for dy in (-0.035, 0.035):
            u = np.linspace(-0.5, np.pi + 0.2, 40)
            w = np.stack([c[0] + sx * (0.24 + 0.085 * np.cos(u)), np.full(40, c[1] + dy), 0.13 + 0.10 * np.sin(u)], -1)
            tube(s, w, 0.036, red, cols=10, bias=0.16)
    # sliding knot, back
    for k in range(5):
        x = -0.17 + 0.085 * k
        u = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        w = np.stack([x + 0.02 * np.sin(u), 1.275 + 0.13 * np.cos(u), 0.13 + 0.115 * np.sin(u)], -1)
        tube(s, w, 0.044, red, closed=True, cols=10, bias=0.12)
    return s


def _inside(scene, svg, center, radius):
    xy = [float(v) for v in svg.split('M')[1].split('L')[0].split()]
    (c, e), _ = scene.project(np.stack([center, np.asarray(center) + [radius, 0, 0]]))
    e2, _ = scene.project(np.asarray(center)[None] + np.array([[0, radius, 0]]))
    return ((xy[0] - c[0]) / (e[0] - c[0])) ** 2 + ((xy[1] - c[1]) / (e2[0][1] - c[1])) ** 2 < 1


def stone_line(scene, pts, normals, tangents, radii, metal_name='white', cup=True, start=0):
    """Round stones in four claws, one after the other."""
    shade = metal(WHITE if metal_name == 'white' else YELLOW)
    for i, (p, n, t, r) in enumerate(zip(pts, normals, tangents, radii)):
        n, t = unit(n), unit(t)
        b = np.cross(n, t)
        u = np.linspace(0, 2 * np.pi, 33)
        if cup:
            prof = np.array([[0.70, -0.75], [0.95, -0.25], [1.10, 0.0], [1.08, 0.08], [0.92, 0.06]]) * r
            ring = np.cos(u)[:, None] * t + np.sin(u)[:, None] * b
            g = p + prof[None, :, :1] * ring[:, None] + prof[None, :, 1:] * n
            scene.mesh(g, shade, cull=False, occ=0.85)
        set_stone(scene, p + n * 0.10 * r, n, r * 0.98, i + start, bias=r * 0.9)
        for a in (45, 135, 225, 315):
            a = np.radians(a)
            bead(scene, p + (np.cos(a) * t + np.sin(a) * b) * r * 1.02 + n * 0.16 * r, r * 0.17, metal_name, bias=r * 1.1)


@picture
def bracelet_paved():
    s = Scene(60, 200, (0, 0, 0.0), light=(0.5, -0.5))
    pts = resample(loop(1.45, 1.34, 0.18, wob=0.02), 0.262, closed=True)
    t, n, b = st.frames(pts, True, up=(0, 0, 1))
    out = unit(pts * [1, 1, 0])
    normals = unit(np.array([0, 0, 0.95]) + 0.3 * out)
    stone_line(s, pts, normals, t, np.full(len(pts), 0.117))
    return s


@picture
def bangle_nail():
    s = Scene(34, 205, (0, 0, 0.18))
    shade = metal(YELLOW)
    q = np.linspace(0, 1, 620)
    ang = np.radians(-128) + q * np.radians(360 + 62)
    lift = 0.16 + 0.34 * q
    path = np.stack([1.5 * np.cos(ang), 1.32 * np.sin(ang), lift], -1)
    taper = np.ones(620)
    taper *= 1 - 0.97 * smooth(0.0, 1.0, np.clip((0.10 - q) / 0.10, 0, 1)) ** 1.0
    prof = superellipse(0.115, 0.115, 3.2, 36)
    s.mesh(sweep(path, prof, up=(0, 0, 1), scale=np.maximum(taper, 0.03)), shade, closed=(False, True))
    # collar and domed head
    t, n, b = st.frames(path, up=(0, 0, 1))
    d, e = t[-1], path[-1]
    prof = np.array([[-0.10, 0.11], [-0.09, 0.15], [-0.05, 0.15], [-0.04, 0.12], [0.0, 0.13], [0.03, 0.21], [0.055, 0.235], [0.085, 0.24],
                     [0.11, 0.225], [0.135, 0.18], [0.15, 0.12], [0.155, 0.06], [0.157, 0.002]])
    uu = np.linspace(0, len(prof) - 1, 60)
    prof = np.stack([np.interp(uu, range(len(prof)), prof[:, i]) for i in (0, 1)], 1)
    u = np.linspace(0, 2 * np.pi, 73)
    ring = np.cos(u)[:, None] * n[-1] + np.sin(u)[:, None] * b[-1]
    g = e + prof[None, :, :1] * d + prof[None, :, 1:] * ring[:, None]
    s.mesh(g[::-1], shade, cull=False, bias=0.05)
    return s


# ---------------------------------------------------------------- necklaces

def hanging(width, depth, top, count=500, z=0.1, power=2.0):
    """A necklace laid out: an open U that fades off the upper edge."""
    u = np.linspace(-1, 1, count)
    return np.stack([width * np.sign(u) * np.abs(np.sin(u * np.pi / 2)) ** 0.9, top - depth * np.cos(u * np.pi / 2) ** (power / 2), np.full(count, z)], -1)


def drop_path(width=1.35, count=600, z=0.05, closed_top=True):
    t = np.linspace(0, 2 * np.pi, count, endpoint=False) - np.pi / 2
    x = width * np.cos(t)
    y = 1.42 * np.sin(t)
    x = x * (1 - 0.10 * np.sin(t) - 0.20 * np.clip(-np.sin(t), 0, 1) ** 2)
    return np.stack([x, y, np.full(count, z)], -1)


@picture
def necklace_chain_pendant():
    s = Scene(76, 196, (0, -0.42, 0.0), light=(0.6, -0.6))
    shade = metal(YELLOW)
    path = drop_path(1.32) + np.array([0, 0.12, 0])
    chain(s, path, 0.062, 0.043, 0.0155, shade, closed=True, cols=8, count=16)
    c = np.array([0, -1.70, 0.09])
    # bail
    u = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    tube(s, np.stack([0.02 * np.sin(u), -1.30 + 0.085 * np.cos(u), 0.08 + 0.07 * np.sin(u)], -1), 0.022, shade, closed=True, cols=12, bias=0.05)
    # disc: domed, with a raised rim and a small brilliant
    r = np.concatenate([np.linspace(0.002, 0.30, 26), np.linspace(0.305, 0.36, 14)])
    h = np.where(r < 0.30, 0.05 + 0.02 * np.cos(r / 0.3 * np.pi / 2), 0.05 + 0.035 * np.sqrt(np.clip(1 - ((r - 0.335) / 0.032) ** 2, 0, 1)))
    v = np.linspace(0, 2 * np.pi, 121)
    g = np.stack([r[None] * np.cos(v)[:, None], r[None] * np.sin(v)[:, None], np.broadcast_to(h, (121, 40))], -1)
    s.mesh(move(g, rotation((1, 0.3, 0), 7), c)[:, ::-1], shade, cull=False)
    set_stone(s, c + [0, 0, 0.085], (0.03, -0.1, 1), 0.085, 4, bias=0.1)
    for k in range(4):
        a = np.pi / 4 + k * np.pi / 2
        bead(s, c + [0.088 * np.cos(a), 0.088 * np.sin(a), 0.10], 0.02, 'yellow', 0.14)
    return s


@picture
def necklace_pearls():
    s = Scene(64, 205, (0, 0.0, 0.0), light=(0.45, -0.5))
    img = cached('pearl', lambda: ball_image(pearl_shade, 180))
    t = np.linspace(0, 2 * np.pi, 800, endpoint=False) - np.pi / 2
    path = np.stack([1.52 * np.cos(t) * (1 - 0.06 * np.sin(t)), 1.48 * np.sin(t), np.zeros(800)], -1)
    pts = resample(path, 0.228, closed=True)
    skip = np.argmin(np.abs(pts[:, 0]) + (pts[:, 1] < 0) * 9)
    for i, p in enumerate(pts):
        if i == skip:
            continue
        r = 0.114 + 0.018 * smooth(0.2, 1, -p[1] / 1.5) - 0.01 * smooth(0, 1, p[1] / 1.5)
        g, n = st.sphere([p[0], p[1], r], r, 8)
        s.shadow_quads.append(np.stack([g[:-1, :-1], g[1:, :-1], g[1:, 1:], g[:-1, 1:]], 2).reshape(-1, 4, 3))
        s.disc_sprite('pearl', img, [p[0], p[1], r], s.right * r, s.up * r, 0, shadow=False)
    c = pts[skip]
    gold = metal(YELLOW)
    g, n = st.sphere([0, 0, 0], 0.125, 26, squash=(1.15, 0.8, 0.8))
    s.mesh(move(g, None, (c[0], c[1], 0.12)), gold, n=n)
    for sx in (-1, 1):
        u = np.linspace(0, 2 * np.pi, 30, endpoint=False)
        tube(s, np.stack([np.full(30, c[0] + sx * 0.06), c[1] + 0.055 * np.cos(u), 0.12 + 0.055 * np.sin(u)], -1), 0.016, gold, closed=True, cols=10, bias=0.05)
    set_stone(s, (c[0], c[1] - 0.03, 0.225), (0, -0.25, 1), 0.05, 1, bias=0.15)
    return s


@picture
def necklace_paved():
    s = Scene(68, 205, (0, -0.05, 0.0), light=(0.5, -0.55))
    u = np.linspace(-1, 1, 900)
    a = np.radians(90 + 160 * u) - np.pi
    for row, (rad, size) in enumerate(((1.40, 0.092), (1.185, 0.072))):
        k = 1 + 0.0 * u
        x = rad * np.cos(a) * (1 - 0.05 * np.sin(a))
        y = rad * np.sin(a) * 1.02
        path = resample(np.stack([x * k, y, np.full(900, 0.09)], -1), size * 2.26)
        t, _, _ = st.frames(path, up=(0, 0, 1))
        f = smooth(1.3, -1.4, path[:, 1] / rad * 1.0)
        radii = size * (0.80 + 0.20 * f)
        stone_line(s, path, np.tile([0, -0.05, 1.0], (len(path), 1)), t, radii, start=row * 4)
    # a fine chain closes it at the nape
    g = np.radians(np.linspace(71, 109, 80))
    chain(s, np.stack([1.31 * np.cos(g), 1.31 * np.sin(g), np.full(80, 0.08)], -1), 0.07, 0.048, 0.017, metal(WHITE, 0.9), count=18)
    # below: graduated larger stones at the front
    for k in range(-6, 7):
        ang = np.radians(-90 + k * 13.0)
        r = 0.135 - 0.0095 * abs(k)
        rad = 1.40 + 0.10 + r * 1.05
        p = np.array([rad * np.cos(ang) * (1 - 0.05 * np.sin(ang)), rad * np.sin(ang) * 1.02, 0.09])
        stone_line(s, p[None], np.array([[0, -0.05, 1.0]]), np.array([[-np.sin(ang), np.cos(ang), 0]]), [r], start=k + 40)
    return s


# ---------------------------------------------------------------- pairs and others

@picture
def earrings_hoops():
    s = Scene(17, 205, (0.06, 0, 0.95))
    shade = metal(YELLOW)
    for x, y, yaw in ((-0.78, 0.30, -58), (0.72, -0.30, -40)):
        rot, to = standing(yaw, 0), (x, y, 0.98)
        t = np.radians(np.linspace(16, 344, 300))
        p = move(np.stack([0.86 * np.sin(t), 0 * t, 0.86 * np.cos(t)], -1), rot, to)
        thick = 0.62 + 0.55 * smooth(-0.4, -1, np.cos(t))
        tube(s, p, 0.11, shade, cols=34, up=None, scale=thick)
        for e in (0, -1):
            g, n = st.sphere(p[e], 0.07, 16)
            s.mesh(g, shade, n=n)
        # post
        q = np.linspace(0, 1, 30)[:, None]
        tube(s, p[0] * (1 - q) + p[-1] * q, 0.022, shade, cols=10)
    return s


@picture
def earrings_studs_diamond():
    s = Scene(48, 215, (0, 0, 0.42), light=(0.45, 0.1))
    shade = metal(WHITE)
    for k, (x, y, yaw, tilt, z) in enumerate(((-0.80, 0.14, 14, 36, 0.52), (0.82, -0.14, -10, 40, 0.50))):
        rot = rotation((0, 0, 1), yaw) @ rotation((1, 0, 0), tilt)
        c = np.array([x, y, z])
        R = 0.60
        # post and butterfly, behind
        q = np.linspace(0, 1, 20)[:, None]
        tube(s, move(np.array([0, 0, -0.3]) * (1 - q) + np.array([0, 0, -1.15]) * q, rot, c), 0.035, shade, cols=12)
        for h, r in ((-0.36, 0.17), (-0.16, 0.37)):
            cc = circle(70, r)
            tube(s, move(np.concatenate([cc, np.full((70, 1), h)], 1), rot, c), 0.036, shade, closed=True, cols=12)
        big_stone(s, BRILLIANT, c, rot, R, f'stud{k}', size=480, seed=3 + k, turn=8)
        for j in range(4):
            a = np.pi / 4 + j * np.pi / 2 + 0.2
            d = np.array([np.cos(a), np.sin(a), 0])
            w = np.array([[0.12, -0.45], [0.34, -0.26], [0.54, -0.08], [0.605, 0.02], [0.585, 0.095], [0.53, 0.14]])
            uq = np.linspace(0, 5, 30)
            w = np.stack([np.interp(uq, range(6), w[:, i]) for i in (0, 1)], 1)
            taper = np.ones(30)
            taper[-5:] = np.sqrt(np.linspace(1, 0.02, 5))
            path = move(d * w[:, :1] + np.array([0, 0, 1]) * w[:, 1:], rot, c)
            tube(s, path[12:], 0.045, shade, cols=14, scale=taper[12:], bias=0.6)
        g, _ = st.sphere(c, R * 0.9, 14, squash=(1, 1, 0.7))
        s.shadow_quads.append(np.stack([g[:-1, :-1], g[1:, :-1], g[1:, 1:], g[:-1, 1:]], 2).reshape(-1, 4, 3))
    return s


@picture
def brooch_leaf():
    s = Scene(72, 248, (0.02, 0.22, 0.0), light=(0.5, -0.55))
    white, gold = metal(WHITE, 0.95), metal(YELLOW)
    turn = rotation((0, 0, 1), -38)
    q = np.linspace(0, 1, 300)
    spine = np.stack([0.22 * np.sin((q - 0.1) * 2.4) - 0.1, -1.35 + 3.0 * q, 0.16 + 0.10 * np.sin(q * np.pi)], -1)
    a, b = 36, 300                      # leaf from 12 % of the spine
    leaf = slice(a, b)
    sp, w = spine[leaf], 0.88 * np.sin(np.pi * np.linspace(0, 1, b - a) ** 0.78) ** 0.9
    t, _, _ = st.frames(sp, up=(0, 0, 1))
    side = unit(np.cross(t, [0, 0, 1]))

    def at(v):
        """v in -1…1 across the leaf: each half is a shallow curved wing."""
        sweepback = t * (abs(v) ** 1.3 * w * 0.35)[:, None]
        h = -0.10 + 0.20 * np.sin(abs(v) * np.pi * 0.8) * w
        return sp + side * (v * w)[:, None] + sweepback + np.array([0, 0, 1]) * (h - 0.0)[:, None]
    vs = np.linspace(-1, 1, 61)
    g = np.stack([at(v) for v in vs], 1)
    s.mesh(move(g, turn), white, cull=False, occ=0.42)
    for v in (-1, 1):
        tube(s, move(at(v)[2:-1], turn), 0.026, white, cols=12, up=(0, 0, 1), bias=0.03)
    # paving: rows of stones from the vein to the edge
    rng = np.random.default_rng(5)
    arc = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(sp, axis=0), axis=1))])
    for sgn in (-1, 1):
        for row in range(1, int(arc[-1] / 0.098)):
            if not 0.14 < row * 0.098 / arc[-1] < 0.93:
                continue
            j = np.argmin(np.abs(arc - row * 0.098))
            across = 0.115 + 0.056 * (row % 2)
            while across < w[j] - 0.06:
                v = across / w[j]
                p = move(at(sgn * v)[j], turn)
                n = move([-sgn * (0.30 - 0.5 * v), 0, 1], turn)
                set_stone(s, p + [0, 0, 0.02], n, 0.053, int(rng.integers(9)), bias=0.06)
                across += 0.112
    # veins and stem
    taper = 1.0 - 0.75 * q
    taper[:14] = np.sqrt(np.linspace(0.05, 1, 14)) * taper[14]
    tube(s, move(spine + [0, 0, 0.0], turn), 0.062, gold, cols=20, up=(0, 0, 1), scale=taper, bias=0.14)
    return s


@picture
def cufflinks_onyx():
    s = Scene(44, 228, (0, 0.1, 0.62), light=(0.45, 0.1))
    gold, onyx = metal(YELLOW), st.lacquer((0.006, 0.006, 0.008))
    for x, y, yaw, tilt in ((-0.82, 0.16, 20, 30), (0.80, -0.16, -16, 30)):
        rot = rotation((0, 0, 1), yaw) @ rotation((1, 0, 0), tilt)
        c = np.array([x, y, 0.62])
        # post and toggle, behind
        q = np.linspace(0, 1, 20)[:, None]
        tube(s, move(np.array([0, 0, -0.1]) * (1 - q) + np.array([0, 0, -0.72]) * q, rot, c), 0.075, gold, cols=18)
        tog = np.stack([np.linspace(-0.42, 0.42, 40), 0 * q[:1].repeat(40), np.full(40, -0.72)], -1)
        sc = np.sqrt(np.clip(1 - (np.linspace(-1, 1, 40)) ** 8, 0.001, 1))
        tube(s, move(tog, rot, c), 0.11, gold, cols=22, scale=sc)
        # gold bezel
        prof = np.array([[0.50, -0.12], [0.60, -0.10], [0.645, -0.04], [0.655, 0.03], [0.645, 0.08], [0.615, 0.105], [0.58, 0.095], [0.555, 0.06]])
        uq = np.linspace(0, 7, 36)
        prof = np.stack([np.interp(uq, range(8), prof[:, i]) for i in (0, 1)], 1)
        se = superellipse(1, 1, 2.0, 160)
        se = np.concatenate([se, se[:1]])
        g = np.stack([se[:, :1] * prof[None, :, 0], se[:, 1:] * prof[None, :, 0], np.broadcast_to(prof[None, :, 1], (161, 36))], -1)
        s.mesh(move(g, rot, c), gold)
        # onyx dome
        r = np.linspace(0.003, 0.565, 44)
        h = 0.05 + 0.20 * np.sqrt(np.clip(1 - (r / 0.62) ** 2, 0, 1))
        g = np.stack([se[:, :1] * r[None], se[:, 1:] * r[None], np.broadcast_to(h[None], (161, 44))], -1)
        s.mesh(move(g, rot, c)[:, ::-1], onyx, bias=0.1)
    return s


@picture
def pendant_two_parts():
    s = Scene(70, 215, (0, 0, 0.0), light=(0.5, -0.55))
    gold, rose = metal(YELLOW, 0.74), metal(ROSE, 0.92)

    def half(shade, sgn, c, turn):
        """Half a disc, the inner edge a soft S, with a rounded border."""
        rot = rotation((0, 0, 1), turn)
        R = 0.98
        v = np.linspace(-np.pi / 2, np.pi / 2, 140)
        arc = np.stack([R * np.cos(v) * 1.0, R * np.sin(v)], -1)
        y = np.linspace(R, -R, 120)[1:-1]
        edge = np.stack([0.16 * np.sin(y / R * np.pi), y], -1)
        out = np.concatenate([arc, edge])
        out[:, 0] *= 1
        if sgn < 0:
            out = np.concatenate([arc * [-1, 1], edge])
        ctr = np.array([sgn * 0.42, 0])
        out = resample(np.concatenate([out, np.zeros((len(out), 1))], 1), 0.022, True)[:, :2]
        # inset rings from the border to the centre: a gently domed plate
        k = np.concatenate([np.linspace(0, 0.10, 14), np.linspace(0.12, 0.998, 40)])
        ring = ctr + (out - ctr) * (1 - k[:, None, None])
        h = 0.02 + 0.09 * np.sqrt(np.clip(1 - (1 - np.clip(k / 0.10, 0, 1)) ** 2, 0, 1))[:, None]
        h = h + 0.20 * (1 - np.sum((ring - [sgn * 0.1, 0]) ** 2, -1) / R ** 2)     # both halves share one dome
        g = np.concatenate([ring, h[..., None]], -1).transpose(1, 0, 2)
        g = np.concatenate([g, g[:1]], 0)
        s.mesh(move(g, rot, c), shade, cull=False)
        # bail and ring
        top = np.array([sgn * 0.36, 1.0, 0.1])
        u = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        tube(s, move(top + np.stack([0.02 * np.sin(u), 0.105 * np.cos(u), 0.05 * np.sin(u)], -1), rot, c), 0.03, shade, closed=True, cols=14, bias=0.08)
        return rot
    c1, c2 = np.array([-0.16, -0.42, 0]), np.array([0.42, -0.56, 0])
    r1 = half(gold, -1, c1, 6)
    r2 = half(rose, 1, c2, -16)
    # chain on the first half
    t0 = move(np.array([-0.36, 1.14, 0.1]), r1, c1)
    u = np.linspace(-1, 1, 300)
    px = t0[0] + 1.05 * np.sin(u * np.pi / 2) ** 1 * (1 - 0.05 * u)
    py = t0[1] + 1.75 * (np.abs(u) ** 1.7) * 0.8
    chain(s, np.stack([px, py, np.full(300, 0.06)], -1), 0.058, 0.04, 0.0148, gold, cols=8, count=16)
    # one small stone on each half
    for c, r, x in ((c1, r1, -0.42), (c2, r2, 0.42)):
        p = move(np.array([x, -0.02, 0.30]), r, c)
        set_stone(s, p, (0, 0, 1), 0.085, 4 + (x > 0), bias=0.15)
        for k in range(4):
            a = np.pi / 4 + k * np.pi / 2
            bead(s, p + [0.088 * np.cos(a), 0.088 * np.sin(a), 0.01], 0.02, 'yellow' if x < 0 else 'rose', 0.2)
    return s


# ---------------------------------------------------------------- pixels

def render(svg, pixels, chromium='chromium'):
    with tempfile.TemporaryDirectory() as d:
        d = pathlib.Path(d)
        (d / 'p.html').write_text(f'<style>*{{margin:0}}svg{{display:block;width:{pixels}px;height:{pixels}px}}</style>{svg}')
        subprocess.run([chromium, '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--force-device-scale-factor=1',
                        f'--user-data-dir={d}/profile', f'--window-size={pixels},{pixels}', f'--screenshot={d}/p.png',
                        (d / 'p.html').as_uri()], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180)
        return Image.open(d / 'p.png').convert('RGB').copy()


def save(image, path):
    """A JPEG: smooth metal and shadows would need more than the 256 colours of a small PNG."""
    for quality in (91, 88, 85, 80):
        image.save(path, quality=quality, subsampling=0 if quality > 85 else 2, optimize=True, progressive=True)
        if path.stat().st_size <= 120_000:
            break


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('names', nargs='*')
    ap.add_argument('--out', type=pathlib.Path, default=OUT)
    ap.add_argument('--svg', type=pathlib.Path)
    ap.add_argument('--sheet', type=pathlib.Path)
    ap.add_argument('--quick', action='store_true')
    a = ap.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    done = []
    for name in a.names or PICTURES:
        svg = PICTURES[name]().svg()
        if a.svg:
            a.svg.mkdir(parents=True, exist_ok=True)
            (a.svg / f'{name}.svg').write_text(svg)
        side = st.SIZE if not a.quick else 400
        img = render(svg, side * (2 if a.quick else 3)).resize((side, side), Image.Resampling.LANCZOS)
        save(img, a.out / f'{name}.jpg')
        done.append(img)
        print(name, (a.out / f'{name}.jpg').stat().st_size // 1024, 'kB', len(svg) // 1024, 'kB of SVG', flush=True)
    if a.sheet:
        cell, cols = 380, 4
        sheet = Image.new('RGB', (cols * cell, -(-len(done) // cols) * cell), 'white')
        for i, img in enumerate(done):
            sheet.paste(img.resize((cell - 8, cell - 8), Image.Resampling.LANCZOS), (i % cols * cell + 4, i // cols * cell + 4))
        sheet.save(a.sheet)


if __name__ == '__main__':
    main()
