#!/usr/bin/env python3
"""Makes cartier_care/static/fonts from Cormorant Garamond (SIL OFL 1.1, no reserved font name).

    cd /tmp && npm pack @fontsource/cormorant-garamond && tar xzf fontsource-cormorant-garamond-*.tgz
    /tmp/draw/bin/pip install fonttools brotli
    /tmp/draw/bin/python devtools/drawings/fonts.py /tmp/package

latin and latin-ext of each weight become one file; figures are lining by default (the PDF engine knows no
font features); the TTFs carry names from which that engine can tell the weights apart: it reads those inside
the file, not those of @font-face, and takes 500 for 400, so the medium is a family of its own there.
"""
import pathlib
import shutil
import sys
import tempfile

from fontTools.merge import Merger
from fontTools.ttLib import TTFont

FAMILY = 'Cormorant Garamond'
OUT = pathlib.Path(__file__).resolve().parents[2] / 'cartier_care/static/fonts'


def name(font, values):
    table = font['name']
    for i in (1, 2, 3, 4, 6, 16, 17, 25):
        table.removeNames(nameID=i)
    for i, value in values.items():
        table.setName(value, i, 3, 1, 0x409)


def lining_figures(font):
    gsub, swap = font['GSUB'].table, {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == 'lnum':
            for index in record.Feature.LookupListIndex:
                for sub in gsub.LookupList.Lookup[index].SubTable:
                    swap.update(getattr(getattr(sub, 'ExtSubTable', sub), 'mapping', {}))
    best = font.getBestCmap()
    digits = {c: swap[best[c]] for c in range(0x30, 0x3A) if best[c] in swap}
    for table in font['cmap'].tables:
        if table.isUnicode():
            table.cmap.update({c: g for c, g in digits.items() if c in table.cmap})


def main(package):
    OUT.mkdir(parents=True, exist_ok=True)
    for weight, slope, style in ((400, 'normal', 'Regular'), (500, 'normal', 'Medium'), (600, 'normal', 'SemiBold'), (400, 'italic', 'Italic')):
        with tempfile.TemporaryDirectory() as tmp:
            parts = []
            for subset in ('latin', 'latin-ext'):
                font = TTFont(package / f'files/cormorant-garamond-{subset}-{weight}-{slope}.woff2')
                font.flavor = None
                parts.append(f'{tmp}/{subset}.ttf')
                font.save(parts[-1])
            font = Merger().merge(parts)
            lining_figures(font)
            if 'STAT' in font:
                del font['STAT']
            font['OS/2'].usWeightClass = weight
            plain = style in ('Regular', 'Italic')
            names = {1: FAMILY if plain else f'{FAMILY} {style}', 2: style if plain else 'Regular',
                     3: f'CormorantGaramond-{style};cartier_care', 4: f'{FAMILY} {style}', 6: f'CormorantGaramond-{style}'}
            name(font, names if plain else {**names, 16: FAMILY, 17: style})
            font.save(f'{tmp}/merged.ttf')
            web = TTFont(f'{tmp}/merged.ttf')
            web.flavor = 'woff2'
            web.save(OUT / f'cormorant-garamond-{style.lower()}.woff2')
            pdf = TTFont(f'{tmp}/merged.ttf')
            if style == 'SemiBold':
                names.update({1: FAMILY, 2: 'Bold'})
                pdf['OS/2'].usWeightClass = 700
                pdf['OS/2'].fsSelection = (pdf['OS/2'].fsSelection & ~0x40) | 0x20
                pdf['head'].macStyle |= 1
            elif style == 'Medium':
                pdf['OS/2'].usWeightClass = 400
            name(pdf, names)
            pdf.save(OUT / f'cormorant-garamond-{style.lower()}.ttf')
    shutil.copy(package / 'LICENSE', OUT / 'OFL.txt')


if __name__ == '__main__':
    main(pathlib.Path(sys.argv[1]))
