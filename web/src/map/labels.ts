/** Names on the map: how wide they are, where they are cut, which of them stand. */

export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

export const FONT = 12
export const LINE = 15
export const FAMILY = '"Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif'
const LONGEST = 400

/** Pixels that one character takes, in the map's font. */
export type Advance = (character: string) => number

/** Where no canvas measures: whole width for what is Chinese, a little over the usual for the rest. */
export const roughly: Advance = (character) => (character.codePointAt(0)! < 0x2e80 ? 0.62 * FONT : FONT)

/** The text as one line, in pieces that may be parted: marks stay with their letter, an emoji whole. Only the two ends of a very long text. */
function pieces(text: string): string[] {
  const whole = text.length > LONGEST ? text.slice(0, LONGEST / 2) + text.slice(-LONGEST / 2) : text
  if (PLAIN.test(whole)) return [...whole]
  // a heap of marks on one letter would reach over the lines above and below
  const tidy = whole.replace(/\s+/gu, ' ').replace(/(\p{M}{2})\p{M}+/gu, '$1')
  return Array.from(SEGMENTS.segment(tidy), ({ segment }) => segment)
}

const PLAIN = /^[ -~\u00a0-\u02af\u2010-\u2027\u2e80-\u302f\u3030-\u3098\u309b-\ua4cf\uf900-\ufaff\uff00-\uffef]*$/u
const SEGMENTS = new Intl.Segmenter('zh', { granularity: 'grapheme' })

export interface Cut {
  text: string
  width: number
}

/** Measures and cuts text; it asks once for each character and each text. */
export class Ruler {
  private readonly advances = new Map<string, number>()
  private readonly cuts = new Map<number, Map<string, Cut>>()

  constructor(private readonly advance: Advance = roughly) {}

  width(text: string): number {
    return pieces(text).reduce((sum, piece) => sum + this.one(piece), 0)
  }

  /** The text, or where it is wider than `room` its two ends around …; the end keeps more, since names differ there (…翟光耀工作室). */
  cut(text: string, room: number): Cut {
    let known = this.cuts.get(room)
    if (!known) this.cuts.set(room, (known = new Map()))
    let found = known.get(text)
    if (!found) known.set(text, (found = this.fresh(text, room)))
    return found
  }

  private fresh(text: string, room: number): Cut {
    const all = pieces(text)
    const widths = all.map((piece) => this.one(piece))
    const total = widths.reduce((sum, width) => sum + width, 0)
    if (total <= room && text.length <= LONGEST) return { text: all.join(''), width: total }
    let [head, tail, used] = [0, all.length, this.one('…')]
    for (let ends = 0, last = 0; head < tail; ) {
      const front = ends * 3 < last * 2
      const width = front ? widths[head]! : widths[tail - 1]!
      if (used + width > room) break
      used += width
      if (front) (head++, (ends += width))
      else (tail--, (last += width))
    }
    return { text: `${all.slice(0, head).join('').trimEnd()}…${all.slice(tail).join('').trimStart()}`, width: used }
  }

  private one(piece: string): number {
    let found = this.advances.get(piece)
    if (found === undefined) this.advances.set(piece, (found = this.advance(piece)))
    return found
  }
}

/** Boxes that do not overlap, found by the cells of a grid. */
export class Boxes {
  private readonly cells = new Map<number, Box[]>()

  constructor(private readonly cell = 64) {}

  isFree(box: Box): boolean {
    return !this.some(box, (cell) => cell?.some((other) => overlap(box, other)) ?? false)
  }

  /** Takes the box, where it is free of all others. */
  take(box: Box): boolean {
    if (!this.isFree(box)) return false
    this.some(box, (cell, key) => {
      if (cell) cell.push(box)
      else this.cells.set(key, [box])
      return false
    })
    return true
  }

  private some({ left, top, right, bottom }: Box, test: (cell: Box[] | undefined, key: number) => boolean): boolean {
    for (let row = Math.floor(top / this.cell); row <= Math.floor(bottom / this.cell); row++) {
      for (let column = Math.floor(left / this.cell); column <= Math.floor(right / this.cell); column++) {
        const key = row * 0x200000 + column
        if (test(this.cells.get(key), key)) return true
      }
    }
    return false
  }
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}
