"""A very small picture studio: 3D shapes in, an SVG drawing out.

Shapes are fine meshes; every little face becomes one flat-coloured SVG path, its colour taken from
what a polished surface would mirror in a jewelry photographer's light tent (``environment``).
Diamonds and other cut stones are traced through their real facets once and placed as small images.
Nothing here comes from a photograph or from another house's drawing.
"""
import base64
import io

import numpy as np
from PIL import Image

SIZE = 800
GROUND = '#faf7f2'

YELLOW = np.array([1.08, 0.765, 0.345])
ROSE = np.array([0.98, 0.60, 0.45])
WHITE = np.array([0.93, 0.91, 0.87])
PLATINUM = np.array([0.88, 0.90, 0.93])


def unit(v):
    v = np.asarray(v, float)
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)


def smooth(a, b, x):
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def rotation(axis, degrees):
    axis, t = unit(axis), np.radians(degrees)
    x, y, z = axis
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(t) * k + (1 - np.cos(t)) * k @ k


# ---------------------------------------------------------------- light

def environment(r):
    """Brightness of the light tent in direction ``r`` (x right, y away, z up)."""
    x, y, z = r[..., 0], r[..., 1], r[..., 2]
    flat = np.maximum(np.hypot(x, y), 1e-6)
    sky = 0.30 + 0.22 * smooth(0, 0.9, z)
    # one large soft box, above, a little left and behind
    sky += 0.85 * smooth(0.62, 0.88, x * -0.32 + y * 0.22 + z * 0.92)
    # back light: a bright horizon behind the piece
    sky += 0.40 * smooth(0.55, 0.95, y) * smooth(-0.2, 0.35, z)
    # black cards that give polished metal its drawing
    sky *= 1 - 0.72 * smooth(0.80, 0.97, x * 0.50 + y * -0.70 + z * 0.50)
    sky *= 1 - 0.60 * smooth(0.86, 0.98, x * -0.45 + y * 0.45 + z * 0.35)
    floor = 0.40 + 0.34 * smooth(0, 1, -z) + 0.10 * y
    k = smooth(-0.10, 0.06, z)
    e = sky * k + floor * (1 - k)
    # tall lights left and right; they mirror in the glossy ground too
    tall = smooth(-0.95, -0.35, z) * (1 - smooth(0.55, 0.9, z))
    e += 0.85 * smooth(0.70, 0.92, (x * -0.90 + y * -0.42) / flat) * tall
    e += 0.70 * smooth(0.80, 0.95, (x * 0.86 + y * -0.50) / flat) * tall
    e *= 1 - 0.28 * smooth(0.86, 1.0, (x * 0.18 - y * 0.98) / flat) * smooth(-0.9, -0.3, z) * (1 - smooth(0.2, 0.6, z))
    return e


def to_srgb(c):
    c = np.clip(c, 0, None)
    # the soft shoulder keeps the hue: bright gold stays gold, only the very brightest turns to white
    m = np.max(c, -1, keepdims=True)
    t = np.where(m > 0.75, 0.75 + 0.25 * (1 - np.exp(-(m - 0.75) / 0.30)), m)
    c = c * t / np.maximum(m, 1e-6)
    c = c + (t - c) * 0.75 * smooth(0.95, 1.75, m)
    return np.clip(c, 0, 1) ** (1 / 2.2)


def metal(f0, dim=1.0):
    def shade(n, v, p, occ):
        r = 2 * np.sum(n * v, -1, keepdims=True) * n - v
        e = environment(r)
        height = p[..., 2]
        down = smooth(0.15, -0.5, r[..., 2])
        e = e * (1 - 0.55 * down * np.exp(-np.maximum(height, 0) / 0.25)) * occ * dim
        e = e[..., None]
        nv = np.clip(np.sum(n * v, -1, keepdims=True), 0, 1)
        f = f0 + (1 - f0) * (1 - nv) ** 5 * 0.7
        # light that bounced several times in the shade of the metal is deeper in colour
        return e * f ** (1.05 + 0.75 * np.clip(0.75 - e, 0, 1))
    return shade


def lacquer(base, gloss=0.06):
    """A dark polished stone such as onyx."""
    base = np.array(base, float)

    def shade(n, v, p, occ):
        r = 2 * np.sum(n * v, -1, keepdims=True) * n - v
        nv = np.clip(np.sum(n * v, -1, keepdims=True), 0, 1)
        f = gloss + (1 - gloss) * (1 - nv) ** 5
        e = environment(r)[..., None]
        return base + f * e * 0.75 + 0.05 * smooth(0.95, 1.3, e)
    return shade


def cloth(base):
    base = np.array(base, float)
    light = unit([-0.45, -0.25, 0.85])

    def shade(n, v, p, occ):
        d = np.clip(np.sum(n * light, -1, keepdims=True) * 0.5 + 0.5, 0, 1)
        nv = np.clip(np.sum(n * v, -1, keepdims=True), 0, 1)
        h = np.clip(np.sum(n * unit(light + v), -1, keepdims=True), 0, 1)
        return (base * (0.12 + 1.05 * d ** 2) * np.asarray(occ)[..., None]
                + 0.10 * base ** 0.5 * (1 - nv) ** 2 + 0.12 * h ** 14 * base ** 0.4)
    return shade


# ---------------------------------------------------------------- scene

class Scene:
    def __init__(self, elevation=25, scale=230, center=(0, 0, 0), distance=9.0, light=(0.38, 0.30)):
        e = np.radians(elevation)
        self.forward = np.array([0, np.cos(e), -np.sin(e)])
        self.up = np.array([0, np.sin(e), np.cos(e)])
        self.right = np.array([1.0, 0, 0])
        self.scale, self.center, self.distance = scale, np.array(center, float), distance
        self.eye = self.center - self.forward * distance
        self.light = light          # shadow offset per unit of height on the ground
        self.items = []             # (depth, svg)
        self.shadow_quads = []
        self.defs = []
        self.sprites = {}
        self.seed = np.random.default_rng(7)

    def project(self, p):
        q = np.asarray(p, float) - self.center
        depth = q @ self.forward
        k = self.scale * self.distance / (self.distance + depth)
        return np.stack([SIZE / 2 + (q @ self.right) * k, SIZE / 2 - (q @ self.up) * k], -1), depth

    def mesh(self, p, shade, n=None, closed=(False, False), occ=1.0, cull=True, bias=0.0, shadow=True):
        """``p``: grid of points (rows × columns × 3); normals from the grid unless given.

        Faces larger than a few pixels are divided, their normals interpolated, so that metal is smooth.
        """
        p = np.asarray(p, float)
        n = grid_normals(p, closed) if n is None else np.asarray(n, float)
        for axis in (0, 1):
            if closed[axis]:
                first = (slice(0, 1),) if axis == 0 else (slice(None), slice(0, 1))
                p, n = np.concatenate([p, p[first]], axis), np.concatenate([n, n[first]], axis)
        occ = np.broadcast_to(np.asarray(occ, float), (p.shape[0] - 1, p.shape[1] - 1))
        for axis in (0, 1):
            edge = np.linalg.norm(np.diff(self.project(p)[0], axis=axis), axis=-1)
            k = int(np.clip(np.ceil(np.percentile(edge, 85) / 3.4), 1, 12))
            if k > 1:
                p, n, occ = divide(p, k, axis), divide(n, k, axis), np.repeat(occ, k, axis)
        a, b, c, d = p[:-1, :-1], p[1:, :-1], p[1:, 1:], p[:-1, 1:]
        mid = (a + b + c + d) / 4
        nq = unit(n[:-1, :-1] + n[1:, :-1] + n[1:, 1:] + n[:-1, 1:])
        v = unit(self.eye - mid)
        facing = np.sum(nq * v, -1)
        if not cull:
            nq = np.where(facing[..., None] < 0, -nq, nq)
        keep = facing > -0.03 if cull else np.ones_like(facing, bool)
        rgb = to_srgb(shade(nq, v, mid, occ))
        quads = np.stack([a, b, c, d], 2)
        s, _ = self.project(quads)
        depth = (mid - self.center) @ self.forward - bias
        if shadow:
            self.shadow_quads.append(quads.reshape(-1, 4, 3))
        for pts, col, dep in zip(s[keep], (rgb[keep] * 255).round().astype(int), depth[keep]):
            self.items.append((dep, '<path d="M%.2f %.2fL%.2f %.2f %.2f %.2f %.2f %.2fz" fill="#%02x%02x%02x"/>' % (
                *pts.ravel(), *col)))

    def polyline(self, p, color, width, opacity=1.0, bias=0.02):
        s, depth = self.project(p)
        d = 'M' + ' '.join('%.2f %.2f' % tuple(q) for q in s)
        self.items.append((depth.mean() - bias,
                           f'<path d="{d}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linecap="round" '
                           f'stroke-opacity="{opacity}" shape-rendering="auto"/>'))

    def sprite_def(self, key, image):
        if key not in self.sprites:
            buf = io.BytesIO()
            image.save(buf, 'PNG')
            data = base64.b64encode(buf.getvalue()).decode()
            self.sprites[key] = f's{len(self.sprites)}'
            self.defs.append(f'<image id="{self.sprites[key]}" x="-1" y="-1" width="2" height="2" '
                             f'href="data:image/png;base64,{data}"/>')
        return self.sprites[key]

    def disc_sprite(self, key, image, center, a, b, bias=0.05, shadow=True):
        """An image mapped on the parallelogram center ± a ± b (3D vectors)."""
        name = self.sprite_def(key, image)
        center, a, b = (np.asarray(x, float) for x in (center, a, b))
        (c, pa, pb), depth = self.project(np.stack([center, center + a, center + b]))
        m = (*(pa - c), *-(pb - c), *c)
        self.items.append((depth[0] - bias, '<use href="#%s" transform="matrix(%.4f %.4f %.4f %.4f %.3f %.3f)"/>' % (name, *m)))
        if shadow:
            self.shadow_quads.append(np.stack([center - a - b, center + a - b, center + a + b, center - a + b])[None] * 1.0)

    def facing_sprite(self, key, image, center, radius, bias=0.05):
        self.disc_sprite(key, image, center, self.right * radius, self.up * radius, bias, shadow=False)

    def svg(self, shadow=True, opacity=(0.34, 0.26)):
        parts = []
        if shadow and self.shadow_quads:
            quads = np.concatenate(self.shadow_quads)
            z = quads[..., 2]

            def cast(q, k):
                g = q.copy()
                h = np.maximum(q[..., 2], 0)
                g[..., 0] += h * self.light[0] * k
                g[..., 1] += h * self.light[1] * k
                g[..., 2] = 0
                s, _ = self.project(g)
                e = np.roll(s, -1, 1)
                area = np.sum(s[..., 0] * e[..., 1] - s[..., 1] * e[..., 0], 1)
                s = np.where((area < 0)[:, None, None], s[:, ::-1], s)
                return ''.join('M%.1f %.1fL%.1f %.1f %.1f %.1f %.1f %.1fz' % tuple(x.ravel()) for x in s)
            near = quads[z.min(1) < 0.16]
            parts.append(f'<g filter="url(#far)" opacity="{opacity[1]}"><path fill="#6b5238" d="{cast(quads, 1.0)}"/></g>')
            parts.append(f'<g filter="url(#mid)" opacity="{opacity[1] * 0.8}"><path fill="#5a4430" d="{cast(quads[z.min(1) < 0.7], 0.6)}"/></g>')
            if len(near):
                parts.append(f'<g filter="url(#near)" opacity="{opacity[0]}"><path fill="#3d2c1e" d="{cast(near, 0.5)}"/></g>')
        self.items.sort(key=lambda i: -i[0])
        body = ''.join(s for _, s in self.items)
        blur = ''.join(f'<filter id="{n}" filterUnits="userSpaceOnUse" x="-100" y="-100" width="1000" height="1000">'
                       f'<feGaussianBlur stdDeviation="{s}"/></filter>' for n, s in (('far', 30), ('mid', 13), ('near', 4.5)))
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">'
                f'<defs>{blur}{"".join(self.defs)}</defs><rect width="{SIZE}" height="{SIZE}" fill="{GROUND}"/>'
                f'{"".join(parts)}<g shape-rendering="crispEdges">{body}</g></svg>')


# ---------------------------------------------------------------- shapes

def divide(grid, k, axis):
    """Linear steps between the rows (or columns) of a grid."""
    count = grid.shape[axis]
    q = np.linspace(0, count - 1, (count - 1) * k + 1)
    i = np.minimum(q.astype(int), count - 2)
    f = (q - i).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    return np.take(grid, i, axis) * (1 - f) + np.take(grid, i + 1, axis) * f


def frames(path, closed=False, up=None):
    """Tangent, normal, binormal along a path; ``up`` fixes the normal's direction."""
    path = np.asarray(path, float)
    if closed:
        t = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    else:
        t = np.gradient(path, axis=0)
    t = unit(t)
    if up is not None:
        n = np.broadcast_to(np.asarray(up, float), t.shape)
        n = unit(n - np.sum(n * t, -1, keepdims=True) * t)
    else:
        n = np.zeros_like(t)
        n[0] = unit(np.cross(t[0], [0.3, 0.2, 0.9]))
        for i in range(1, len(t)):
            n[i] = unit(n[i - 1] - n[i - 1] @ t[i] * t[i])
    return t, n, np.cross(t, n)


def sweep(path, profile, closed=False, up=None, scale=None):
    """Grid of points: the closed 2D ``profile`` (normal, binormal) carried along ``path``."""
    path = np.asarray(path, float)
    _, n, b = frames(path, closed, up)
    prof = np.asarray(profile, float)
    s = np.ones(len(path)) if scale is None else np.asarray(scale, float)
    prof = prof[::-1]  # so that normals leave the tube
    return path[:, None] + s[:, None, None] * (prof[None, :, :1] * n[:, None] + prof[None, :, 1:] * b[:, None])


def circle(count, r=1.0):
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([np.cos(t), np.sin(t)], -1) * r


def superellipse(a, b, power, count):
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    return np.stack([a * np.sign(c) * np.abs(c) ** (2 / power), b * np.sign(s) * np.abs(s) ** (2 / power)], -1)


def grid_normals(p, closed=(True, True)):
    """Smooth normals of a grid, pointing as cross(d row, d column)."""
    def diff(axis, wrap):
        if wrap:
            return np.roll(p, -1, axis) - np.roll(p, 1, axis)
        return np.gradient(p, axis=axis)
    return unit(np.cross(diff(0, closed[0]), diff(1, closed[1])))


def band_profile(width, thickness, power=2.6, count=44, flat_inside=True):
    """Section of a finger ring: (radial offset, along the axis)."""
    pr = superellipse(thickness / 2, width / 2, power, count)
    if flat_inside:
        inner = pr[:, 0] < 0
        pr[inner, 0] *= 0.55
    return pr


def revolve(profile, radius, count=220, ellipse=(1.0, 1.0)):
    """Turn a profile around the y axis. Returns points; rows go around, columns follow the profile."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    r = radius + profile[None, :, 0]
    # columns reversed so that normals point outwards
    x = np.sin(t)[:, None] * r * ellipse[0]
    z = np.cos(t)[:, None] * r * ellipse[1]
    y = np.broadcast_to(profile[None, :, 1], x.shape)
    return np.stack([x, y, z], -1)


def sphere(center, r, count=18, squash=(1, 1, 1)):
    u = np.linspace(0, 2 * np.pi, count * 2 + 1)
    v = np.linspace(0, np.pi, count + 1)
    n = np.stack([np.sin(v)[None] * np.cos(u)[:, None], np.sin(v)[None] * np.sin(u)[:, None],
                  np.broadcast_to(np.cos(v)[None], (len(u), len(v)))], -1)
    sq = np.array(squash, float)
    return np.asarray(center) + n * r * sq, unit(n / sq)


# ---------------------------------------------------------------- cut stones

def plane(*points):
    a, b, c = (np.asarray(x, float) for x in points[:3])
    n = unit(np.cross(b - a, c - a))
    d = n @ a
    return (n, d) if d > 0 else (-n, -d)


def brilliant():
    """Half-spaces of a round brilliant of radius 1 (table 56 %, crown 34.5°, pavilion 40.8°)."""
    tc, tp, g = np.tan(np.radians(34.5)), np.tan(np.radians(40.8)), 0.02
    rt, rs, rl = 0.58, 0.80, 0.26
    h = np.pi / 8

    def pt(r, k, z):
        return np.array([r * np.cos(k * h), r * np.sin(k * h), z])
    zt = g + (1 - rt) * tc
    zs = g + (1 - rs * np.cos(h)) * tc
    zl = -g - (1 - rl * np.cos(h)) * tp
    out = [(np.array([0, 0, 1.0]), zt)]
    for k in range(0, 16, 2):
        out.append(plane(pt(1, k, g), pt(rt, k, zt), pt(rs, k + 1, zs)))
        out.append(plane(pt(rt, k, zt), pt(rt, k + 2, zt), pt(rs, k + 1, zs)))
        out.append(plane(pt(1, k, g), pt(1, k + 1, g), pt(rs, k + 1, zs)))
        out.append(plane(pt(1, k + 2, g), pt(1, k + 1, g), pt(rs, k + 1, zs)))
        out.append(plane(pt(1, k, -g), pt(rl, k + 1, zl), pt(rl, k - 1, zl)))
        out.append(plane(pt(1, k, -g), pt(1, k + 1, -g), pt(rl, k + 1, zl)))
        out.append(plane(pt(1, k + 2, -g), pt(1, k + 1, -g), pt(rl, k + 1, zl)))
    for k in range(32):
        t = k * np.pi / 16 + np.pi / 32
        out.append((np.array([np.cos(t), np.sin(t), 0]), 1.0))
    return out


def emerald_cut(w=0.74, l=1.0, corner=0.24):
    """Half-spaces of a step cut: w × l half sizes, cut corners, three steps above and below."""
    sides = []
    for n, d in (((1, 0), w), ((-1, 0), w), ((0, 1), l), ((0, -1), l)):
        sides.append((np.array(n, float), d))
    for sx in (1, -1):
        for sy in (1, -1):
            n = np.array([sx, sy]) / np.sqrt(2)
            sides.append((n, (w + l - corner) / np.sqrt(2)))
    out = []
    for n, d in sides:
        out.append((np.array([*n, 0]), d))
        # (angle, inset at which the step begins, height there)
        inset, z = 0.0, 0.03
        for angle, step in ((46, 0.10), (36, 0.10), (25, 0.12)):
            a = np.radians(angle)
            nn = np.array([*(n * np.sin(a)), np.cos(a)])
            out.append((nn, nn @ np.array([*(n * (d - inset)), z])))
            inset, z = inset + step, z + step * np.tan(a)
        top = z
        inset, z = 0.0, -0.03
        for angle, step in ((56, 0.20), (47, 0.22), (38, 0.4)):
            a = np.radians(angle)
            nn = np.array([*(n * np.sin(a)), -np.cos(a)])
            out.append((nn, nn @ np.array([*(n * (d - inset)), z])))
            inset, z = inset + step, z - step * np.tan(a)
    out.append((np.array([0, 0, 1.0]), top))
    return out


def stone_light(d, up, seed=0):
    """What a stone sees: a bright tent, the dark of the lens, and points of light."""
    x, y, z = d[..., 0], d[..., 1], d[..., 2]
    e = 0.42 + 0.75 * smooth(-0.1, 0.8, z)
    e = e * (1 - 0.80 * smooth(0.90, 0.985, d @ up))
    e = e * (1 - 0.55 * smooth(0.15, 0.75, -z))
    e = e * (0.72 + 0.28 * np.sign(np.sin(5.2 * np.arctan2(y, x) + 0.8 + seed)) * smooth(0.1, 0.4, np.hypot(x, y)))
    rng = np.random.default_rng(11 + seed)
    for _ in range(10):
        s = unit(rng.normal(size=3) * [1, 1, 0.4] + [0, 0, 0.75])
        e = e + 2.2 * smooth(0.975, 0.99, d @ s)
    return e


def trace_rays(o, view, normals, dist, index, spread, absorb, seed, bounces):
    """Colour and coverage of parallel rays through a cut stone: one refraction in, then mirrored inside."""
    d = np.broadcast_to(-view, o.shape)

    def clip_in(o, d):
        nd = d @ normals.T
        t = (dist - o @ normals.T) / np.where(np.abs(nd) < 1e-9, 1e-9, nd)
        tin = np.where(nd < 0, t, -np.inf)
        tout = np.where(nd > 0, t, np.inf)
        i = tin.argmax(1)
        return tin.max(1), tout.min(1), i
    tin, tout, face = clip_in(o, d)
    hit = tin < tout
    alpha = hit.astype(float)
    color = np.zeros((len(o), 3))
    oi, di, ni = o[hit], d[hit], normals[face[hit]]
    p0 = oi + di * tin[hit][:, None]
    cos0 = -np.sum(ni * di, 1)
    f0 = ((index - 1) / (index + 1)) ** 2
    fres = f0 + (1 - f0) * (1 - cos0) ** 5
    refl = di + 2 * cos0[:, None] * ni
    surface = fres * stone_light(refl, view, seed)
    for ch in range(3):
        ior = index + (ch - 1) * spread
        eta = 1 / ior
        k = 1 - eta ** 2 * (1 - cos0 ** 2)
        dd = eta * di + (eta * cos0 - np.sqrt(k))[:, None] * ni
        p, w, acc = p0.copy(), 1 - fres, surface.copy()
        for _ in range(bounces):
            nd = dd @ normals.T
            t = (dist - p @ normals.T) / np.where(nd > 1e-6, nd, 1e-6)
            t = np.where((nd > 1e-6) & (t > 1e-6), t, np.inf)
            j = t.argmin(1)
            tt = np.minimum(t.min(1), 5)
            p = p + dd * tt[:, None]
            w = w * np.exp(-absorb[ch] * tt)
            n = normals[j]
            c = np.sum(n * dd, 1)
            k = 1 - ior ** 2 * (1 - c ** 2)
            out = k > 0
            cr = np.sqrt(np.clip(k, 0, 1))
            f = np.where(out, f0 + (1 - f0) * (1 - cr) ** 5, 1.0)
            od = ior * dd + (cr - ior * c)[:, None] * n
            acc = acc + np.where(out, w * (1 - f) * stone_light(unit(od), view, seed), 0)
            w = w * f
            dd = unit(dd - 2 * c[:, None] * n)
        acc = acc + w * 0.25
        color[hit, ch] = acc
    return color, alpha


def trace_stone(planes, view=(0, 0, 1), up=(0, 1, 0), size=240, index=2.42, spread=0.035, absorb=None, turn=0.0, seed=0,
                bounces=9, supersample=2):
    """Orthographic image of the stone (radius 1 fills the picture), seen from ``view``."""
    normals = np.array([p[0] for p in planes])
    dist = np.array([p[1] for p in planes])
    if turn:
        normals = normals @ rotation((0, 0, 1), turn).T
    view = unit(view)
    right = unit(np.cross(np.asarray(up, float), view))
    top = np.cross(view, right)
    m = size * supersample
    g = (np.arange(m) + 0.5) / m * 2 - 1
    gx, gy = np.meshgrid(g, -g)
    o = gx[..., None] * right + gy[..., None] * top + view * 5
    o = o.reshape(-1, 3)
    absorb = np.zeros(3) if absorb is None else np.asarray(absorb, float)
    parts = [trace_rays(o[i:i + 16384], view, normals, dist, index, spread, absorb, seed, bounces) for i in range(0, len(o), 16384)]
    color, alpha = (np.concatenate(x) for x in zip(*parts))
    rgb = to_srgb(color * 0.92)
    img = np.concatenate([rgb, alpha[:, None]], 1).reshape(m, m, 4)
    # premultiplied reduction
    pre = img.copy()
    pre[..., :3] *= pre[..., 3:]
    pre = pre.reshape(size, supersample, size, supersample, 4).mean((1, 3))
    pre[..., :3] /= np.maximum(pre[..., 3:], 1e-6)
    return Image.fromarray((np.clip(pre, 0, 1) * 255).round().astype('uint8'), 'RGBA')
