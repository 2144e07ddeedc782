/** Mouse, touch and keys on the map's canvas. Returns what takes them away again. */

import type { Arrow } from './hit'
import type { Picture, Told } from './picture'
import type { Point } from './viewport'

const STEP = 1.5
/** Pixels that a pressed pointer may move and still click. */
const STEADY = 4
const ARROWS: Record<string, Arrow> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' }
const PAN = 80

export function gestures(picture: Picture, told: Told): () => void {
  const hand = new Hand(picture, told)
  const { canvas } = picture
  const ends = new AbortController()
  const on = <K extends keyof HTMLElementEventMap>(type: K, act: (event: HTMLElementEventMap[K]) => void, passive = true) =>
    canvas.addEventListener(type, act, { signal: ends.signal, passive })
  on('pointerdown', (event) => hand.press(event))
  on('pointermove', (event) => hand.move(event))
  on('pointerup', (event) => hand.release(event))
  on('pointercancel', (event) => hand.drop(event))
  on('pointerleave', () => told.hover(-1, { x: 0, y: 0 }))
  on('dblclick', (event) => hand.open(event))
  on('wheel', (event) => hand.turn(event), false)
  on('keydown', (event) => hand.key(event), false)
  return () => ends.abort()
}

class Hand {
  private readonly pressed = new Map<number, Point>()
  private travelled = 0

  constructor(
    private readonly picture: Picture,
    private readonly told: Told,
  ) {}

  press(event: PointerEvent): void {
    if (event.button) return
    if (!this.pressed.size) this.travelled = 0
    this.pressed.set(event.pointerId, this.at(event))
    this.picture.canvas.setPointerCapture(event.pointerId)
  }

  move(event: PointerEvent): void {
    const [at, last] = [this.at(event), this.pressed.get(event.pointerId)]
    if (!last) {
      this.told.hover(this.picture.nodeAt(at), at)
      return
    }
    this.travelled += Math.hypot(at.x - last.x, at.y - last.y)
    const other = [...this.pressed].find(([id]) => id !== event.pointerId)?.[1]
    if (other) this.picture.zoom(Math.hypot(at.x - other.x, at.y - other.y) / (Math.hypot(last.x - other.x, last.y - other.y) || 1), other)
    else if (this.travelled > STEADY) this.picture.pan(at.x - last.x, at.y - last.y)
    this.pressed.set(event.pointerId, at)
  }

  release(event: PointerEvent): void {
    const clicked = this.pressed.has(event.pointerId) && this.travelled <= STEADY
    this.drop(event)
    if (!clicked) return
    const at = this.at(event)
    const node = this.picture.nodeAt(at)
    if (node >= 0) this.told.choose(node)
    else this.told.chooseCluster(this.picture.clusterAt(at))
  }

  drop(event: PointerEvent): void {
    this.pressed.delete(event.pointerId)
  }

  open(event: MouseEvent): void {
    const node = this.picture.nodeAt(this.at(event))
    if (node >= 0) this.told.open(node)
    else this.picture.zoom(STEP * STEP, this.at(event))
  }

  turn(event: WheelEvent): void {
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1
    this.picture.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018)), this.at(event))
  }

  key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (this.act(event)) event.preventDefault()
  }

  private act({ code, shiftKey }: KeyboardEvent): boolean {
    const arrow = ARROWS[code]
    if (arrow) this.arrow(arrow, shiftKey)
    else if (code === 'Equal' || code === 'NumpadAdd') this.picture.zoomBy(STEP)
    else if (code === 'Minus' || code === 'NumpadSubtract') this.picture.zoomBy(1 / STEP)
    else if (code === 'Digit0' || code === 'Numpad0') this.whole()
    else if (code === 'Enter' || code === 'NumpadEnter') this.picture.openChosen()
    else if (code === 'Escape') this.told.chooseCluster(-1)
    else return false
    return true
  }

  /** Arrows go from thing to thing; with Shift they move the map. */
  private arrow(arrow: Arrow, moving: boolean): void {
    if (moving) {
      this.picture.pan(arrow === 'left' ? PAN : arrow === 'right' ? -PAN : 0, arrow === 'up' ? PAN : arrow === 'down' ? -PAN : 0)
      return
    }
    const node = this.picture.towards(arrow)
    if (node >= 0) this.told.choose(node)
  }

  private whole(): void {
    this.picture.go(this.picture.whole(), true)
  }

  private at(event: MouseEvent): Point {
    const box = this.picture.canvas.getBoundingClientRect()
    const times = this.picture.size.width / box.width // the page may be zoomed
    return { x: (event.clientX - box.left) * times, y: (event.clientY - box.top) * times }
  }
}
