import type { Brush } from './paint'

const rounded = (value: number) => String(Math.round(value * 100) / 100)

export function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.codePointAt(0)};`).replace(/[^\t\n -\ud7ff\ue000-\u{10ffff}]/gu, '')
}

/** A brush that writes SVG elements. It knows what the map's painter asks for: whole circles, rectangles, straight lines, text. */
export class SvgBrush implements Brush {
  fillStyle: Brush['fillStyle'] = '#000'
  strokeStyle: Brush['strokeStyle'] = '#000'
  lineWidth = 1
  globalAlpha = 1
  font = ''
  textAlign: CanvasTextAlign = 'left'
  textBaseline: CanvasTextBaseline = 'middle'
  lineJoin: CanvasLineJoin = 'round'
  private path: string[] = []
  private dash: number[] = []
  private readonly parts: string[] = []

  /** What was drawn, as elements. */
  toString(): string {
    return this.parts.join('\n')
  }

  /** Everything that `draw` draws lies moved and is cut off outside the rectangle. */
  within(x: number, y: number, width: number, height: number, shift: { x: number; y: number }, draw: () => void): void {
    this.parts.push(`<svg x="${x}" y="${y}" width="${width}" height="${height}" overflow="hidden">`)
    this.parts.push(`<g transform="translate(${rounded(shift.x)} ${rounded(shift.y)})">`)
    draw()
    this.parts.push('</g></svg>')
  }

  beginPath(): void {
    this.path = []
  }

  moveTo(x: number, y: number): void {
    this.path.push(`M${rounded(x)} ${rounded(y)}`)
  }

  lineTo(x: number, y: number): void {
    this.path.push(`L${rounded(x)} ${rounded(y)}`)
  }

  closePath(): void {
    this.path.push('Z')
  }

  arc(x: number, y: number, radius: number): void {
    const [r, right, left] = [rounded(radius), rounded(x + radius), rounded(x - radius)]
    this.path.push(`M${right} ${rounded(y)}A${r} ${r} 0 1 1 ${left} ${rounded(y)}A${r} ${r} 0 1 1 ${right} ${rounded(y)}`)
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.path.push(`M${rounded(x)} ${rounded(y)}h${rounded(width)}v${rounded(height)}h${rounded(-width)}Z`)
  }

  setLineDash(dash: number[]): void {
    this.dash = dash
  }

  fill(): void {
    this.draw(`fill="${String(this.fillStyle)}"${this.faintness()}`)
  }

  stroke(): void {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(' ')}"` : ''
    this.draw(`fill="none" stroke="${String(this.strokeStyle)}" stroke-width="${rounded(this.lineWidth)}"${dash}${this.faintness()}`)
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.beginPath()
    this.rect(x, y, width, height)
    this.fill()
  }

  fillText(text: string, x: number, y: number): void {
    this.text(text, x, y, `fill="${String(this.fillStyle)}"`)
  }

  strokeText(text: string, x: number, y: number): void {
    this.text(text, x, y, `fill="none" stroke="${String(this.strokeStyle)}" stroke-width="${rounded(this.lineWidth)}" stroke-linejoin="round"`)
  }

  private draw(look: string): void {
    if (this.path.length) this.parts.push(`<path d="${this.path.join('')}" ${look}/>`)
  }

  private text(text: string, x: number, y: number, look: string): void {
    const [weight, size, ...family] = this.font.split(' ')
    const anchor = { center: 'middle', right: 'end', end: 'end', left: 'start', start: 'start' }[this.textAlign]
    this.parts.push(
      `<text x="${rounded(x)}" y="${rounded(y)}" font-family="${escaped(family.join(' '))}" font-size="${size}" font-weight="${weight}" ` +
        `text-anchor="${anchor}" dominant-baseline="central" ${look}${this.faintness()}>${escaped(text)}</text>`,
    )
  }

  private faintness(): string {
    return this.globalAlpha < 1 ? ` opacity="${rounded(this.globalAlpha)}"` : ''
  }
}
