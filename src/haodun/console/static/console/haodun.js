/* What the pages do beyond HTML and htmx. Every page works without this file; no words of its own: they come in #words. */
(() => {
  'use strict'
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const one = selector => document.querySelector(selector)
  const words = JSON.parse(one('#words')?.textContent || '{}')
  const fill = (text, values) => text.replace(/\{([a-z]+)\}/g, (_, name) => values[name])

  /* Clocks: the server draws them, this re-words them once a minute and announces a crossed threshold. */
  const span = minutes => {
    const days = Math.floor(minutes / 1440), hours = Math.floor(minutes % 1440 / 60), rest = minutes % 60
    if (days) return fill(hours ? words.dayshours : words.days, { days, hours })
    if (hours) return fill(rest ? words.hoursminutes : words.hours, { hours, minutes: hours && rest < 10 ? '0' + rest : rest })
    return fill(words.minutes, { minutes: rest })
  }
  const STEPS = [[50, 'neu', 'clock'], [75, 'cau', 'hourglass'], [100, 'ser', 'triangle-alert'], [Infinity, 'crit', 'octagon-alert']]
  const reword = clock => {
    const time = clock.querySelector('time'), due = Date.parse(time.dateTime), start = Date.parse(clock.dataset.start)
    const left = due - Date.now(), used = (Date.now() - start) / (due - start) * 100
    const [, tone, icon] = STEPS.find(([limit]) => used < limit)
    const text = fill(left > 0 ? words.left : words.overdue, { time: span(left > 0 ? Math.ceil(left / 6e4) : Math.max(1, Math.floor(-left / 6e4))) })
    if (time.textContent !== text) time.textContent = text
    clock.querySelector('.clock-used')?.setAttribute('width', Math.max(0, Math.min(100, used)).toFixed(0) + '%')
    if (clock.classList.contains('clock-' + tone)) return
    for (const [, other] of STEPS) clock.classList.toggle('clock-' + other, other === tone)
    const use = clock.querySelector('use')
    use.setAttribute('href', use.getAttribute('href').replace(/#.*/, '#' + icon))
    if (tone === 'crit' || tone === 'ser') say(fill(words.crossed, { clock: text }))
  }
  const say = text => { const live = one('#live'); if (live) live.textContent = text }
  const tick = () => { if (!document.hidden) all('.clock[data-start]').forEach(reword) }
  setInterval(tick, 6e4)
  document.addEventListener('visibilitychange', tick)

  /* A shown number goes back behind its mask. */
  const hideLater = root => all('[data-hide-after]', root).forEach(shown => {
    const after = Number(shown.dataset.hideAfter) * 1e3
    delete shown.dataset.hideAfter
    setTimeout(() => {
      const digits = shown.querySelector('.number-digits')
      digits.replaceChildren(...shown.dataset.masked.split(' ').map(group => {
        const span = document.createElement('span')
        span.textContent = group
        if (group.includes('*')) span.className = 'number-masked'
        return span
      }))
      digits.classList.remove('number-shown')
      shown.querySelector('.number-note')?.remove()
    }, after)
  })

  /* Drawer: a dialog that htmx fills; its URL is the page's own, Back closes it. */
  const openDrawer = () => { const drawer = one('#drawer'); if (drawer?.firstElementChild && !drawer.open) drawer.showModal() }
  const shut = dialog => { dialog.close(); if (dialog.id === 'drawer') { dialog.replaceChildren(); if (dialog.dataset.back) history.replaceState(null, '', dialog.dataset.back) } }
  document.addEventListener('cancel', event => { if (event.target.id === 'drawer') { event.preventDefault(); shut(event.target) } }, true)

  /* Toasts. */
  const toast = (text, kept) => {
    const pattern = one('#toast-pattern')
    if (!pattern) return
    const made = pattern.content.firstElementChild.cloneNode(true)
    made.querySelector('.toast-words').textContent = text
    one('#toasts').append(made)
    if (!kept) setTimeout(() => made.remove(), 6e3)
  }
  const leave = root => all('.toast[data-leaves]', root).forEach(made => setTimeout(() => made.remove(), 6e3))
  document.addEventListener('htmx:response:error', event => {
    const answer = event.detail?.ctx?.response
    if (answer && answer.status >= 500) toast(fill(words.failed, { reference: answer.headers?.get('X-Reference') || '—' }), true)
  })
  document.addEventListener('htmx:error', () => toast(words.offline, true))

  /* Selection: the bar counts what is ticked and what it contains. */
  const count = form => {
    const ticked = all('tbody [type=checkbox]:checked', form), bar = form.querySelector('.bulk')
    if (!bar) return
    bar.hidden = !ticked.length
    const items = ticked.reduce((sum, box) => sum + Number(box.dataset.items || 0), 0)
    bar.querySelector('[data-bulk-words]').textContent = fill(words.selected, { count: ticked.length, items })
    all('tbody tr', form).forEach(row => row.toggleAttribute('aria-selected', false))
    ticked.forEach(box => box.closest('tr').setAttribute('aria-selected', 'true'))
  }

  /* Approval: the button waits for its boxes and says how many are left. */
  const confirmations = form => {
    const boxes = all('[data-confirm]', form), left = boxes.filter(box => !box.checked).length
    const button = form.querySelector('[data-waits]'), why = form.querySelector('[data-why]')
    if (button) button.disabled = left > 0
    if (why) why.textContent = left ? fill(words.confirm, { left }) : why.dataset.ready
  }

  document.addEventListener('change', event => {
    const box = event.target, form = box.closest('form')
    if (box.matches('[data-tick-all]')) all('tbody [type=checkbox]:not(:disabled)', form).forEach(each => { each.checked = box.checked })
    if (form?.matches('[data-selects]')) count(form)
    if (form?.matches('[data-confirms]')) confirmations(form)
    if (box.matches('[data-submits]')) form.requestSubmit()
    if (form?.matches('[data-guard]')) form.dataset.changed = '1'
  })
  document.addEventListener('submit', event => { delete event.target.dataset.changed })
  addEventListener('beforeunload', event => { if (one('form[data-guard][data-changed]')) event.preventDefault() })

  document.addEventListener('click', event => {
    const at = event.target.closest('[data-close],[data-copy],[data-clear],[data-print],[data-leave]')
    all('details.bar-menu[open],details.filter[open]').forEach(menu => { if (!menu.contains(event.target)) menu.open = false })
    if (!at) return
    if (at.matches('[data-close]')) { const box = at.closest('dialog,.toast'); if (box?.matches('dialog')) { event.preventDefault(); shut(box) } else box?.remove() }
    if (at.matches('[data-copy]')) navigator.clipboard?.writeText(at.dataset.copy).then(() => toast(at.dataset.copied))
    if (at.matches('[data-clear]')) { const form = at.closest('form'); all('[type=checkbox]', form).forEach(box => { box.checked = false }); count(form) }
    if (at.matches('[data-print]')) print()
    if (at.matches('[data-leave]')) { event.preventDefault(); location.replace(at.href) }
  })

  /* Keys: off while typing, off when the person said so; none decides anything. */
  let first = ''
  const rows = () => all('.queue tbody tr')
  const move = step => {
    const list = rows(), at = list.findIndex(row => row.classList.contains('row-at'))
    if (!list.length) return
    list[at]?.classList.remove('row-at')
    const row = list[Math.max(0, Math.min(list.length - 1, at + step))]
    row.classList.add('row-at')
    row.querySelector('a')?.focus({ preventScroll: true })
    row.scrollIntoView({ block: 'nearest' })
  }
  const here = () => one('.queue .row-at')
  const KEYS = {
    '/': () => one('[data-find]')?.focus(),
    j: () => move(1),
    k: () => move(-1),
    x: () => here()?.querySelector('[type=checkbox]')?.click(),
    a: () => { const link = (here() || document).querySelector('[data-approve]'); link?.focus(); link?.click() },
    '?': () => one('#keys')?.showModal(),
  }
  document.addEventListener('keydown', event => {
    const typing = event.target.closest('input:not([type=checkbox]):not([type=radio]),textarea,select,[contenteditable]')
    if (event.key === 'Escape') all('details.bar-menu[open],details.filter[open]').forEach(menu => { menu.open = false })
    if (tiles(event) || typing || event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.keys === 'off') return
    if (one('dialog[open]')) return
    if (first === 'g') {
      first = ''
      const link = one(`[data-goto="${CSS.escape(event.key)}"]`)
      if (link) { event.preventDefault(); link.click() }
      return
    }
    if (event.key === 'g') { first = 'g'; setTimeout(() => { first = '' }, 1200); return }
    const act = KEYS[event.key]
    if (act) { event.preventDefault(); act() }
  })
  /* Province tiles: arrows move by the grid. */
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }
  const place = tile => [Number(tile.dataset.row), Number(tile.dataset.column)]
  const tiles = event => {
    const tile = event.target.closest('.tile[data-row]'), step = ARROWS[event.key]
    if (!tile || !step) return false
    const [row, column] = place(tile)
    const next = all('.tile[data-row]', tile.closest('.tiles')).filter(other => {
      const [r, c] = place(other)
      return step[0] ? (r - row) * step[0] > 0 : r === row && (c - column) * step[1] > 0
    }).sort((a, b) => distance(a, row, column) - distance(b, row, column))[0]
    event.preventDefault()
    next?.focus()
    return true
  }
  const distance = (tile, row, column) => { const [r, c] = place(tile); return Math.abs(r - row) * 10 + Math.abs(c - column) }

  const begin = root => {
    hideLater(root)
    leave(root)
    all('form[data-selects]').forEach(count)
    all('form[data-confirms]').forEach(confirmations)
    if (one('#drawer')?.firstElementChild) openDrawer()
  }
  document.addEventListener('htmx:after:swap', () => begin(document))
  one('[data-focus]')?.focus()
  begin(document)
})()
