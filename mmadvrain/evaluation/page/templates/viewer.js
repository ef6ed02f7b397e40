const viewer = el('viewer'), stage = el('stage'), wipe = el('wipe');
let current = 0;

const said = state => state === 'both' ? 'of wrong class and place' : state;

function draw(svg, image, boxes, objects, missed) {
  const [width, height] = image.s, size = Math.max(width, height) / 45;
  const box = (x1, y1, x2, y2, kind, name) => {
    const space = 'http://www.w3.org/2000/svg';
    const rect = document.createElementNS(space, 'rect');
    Object.entries({x: x1, y: y1, width: Math.max(x2 - x1, 0), height: Math.max(y2 - y1, 0)})
      .forEach(([key, value]) => rect.setAttribute(key, value));
    rect.setAttribute('class', kind);
    svg.append(rect);
    if (!name || !checked('show-names')) return;
    const text = document.createElementNS(space, 'text');
    text.setAttribute('x', x1);
    text.setAttribute('y', Math.max(y1 - size / 4, size));
    text.setAttribute('font-size', size);
    text.textContent = name;
    svg.append(text);
  };
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.replaceChildren();
  if (checked('show-truth')) objects.forEach(o => box(o[0], o[1], o[2], o[3], o[missed] ? 'missed' : 'object', ''));
  if (checked('show-found')) boxes.forEach(b => {
    const state = data.states[b[6]];
    box(b[0], b[1], b[2], b[3], state === 'right' || state === 'ignored' ? state : 'wrong', `${className(b[5])} ${b[4]}`);
  });
}

const checked = id => Boolean(el(id) && el(id).checked);

function source(img, image, kind, place) {
  const there = image.p[place] === '1';
  img.hidden = !there;
  if (there) img.src = picture(image, kind); else img.removeAttribute('src');
  return there;
}

function wiped() {
  stage.style.setProperty('--wipe', `${wipe.value}%`);
  wipe.setAttribute('aria-valuetext', `${100 - wipe.value} % of the width is rainy`);
}

function drawAll() {
  const image = chosen[current];
  const alone = el('alone').checked;
  stage.classList.toggle('alone', alone);
  el('rain').hidden = !alone || image.p[2] !== '1';
  el('rainy').hidden = alone;
  wipe.disabled = alone;
  draw(el('clean-boxes'), image, image.c || [], image.t || [], 5);
  draw(el('rainy-boxes'), image, image.r || [], image.t || [], 6);
}

function list(title, lines) {
  if (!lines.length) return [];
  return [make('h3', {textContent: title}), make('ul', {}, ...lines.map(line => make('li', {textContent: line})))];
}

function curve(image) {
  const values = image.l.filter(v => v !== null);
  if (values.length < 2) return [];
  const low = Math.min(...values), high = Math.max(...values);
  const points = values.map((v, i) =>
    `${(6 + i / (values.length - 1) * 308).toFixed(1)},${(134 - (v - low) / ((high - low) || 1) * 128).toFixed(1)}`);
  const figure = make('figure');
  const words = `Objective from ${values[0]} to ${values[values.length - 1]}, best at step ${image.b}`;
  figure.innerHTML = `<svg class="curve" viewBox="0 0 320 140" role="img"><polyline points="${points.join(' ')}"/></svg>`;
  figure.firstChild.setAttribute('aria-label', words);
  figure.append(make('figcaption', {textContent: words}));
  return [make('h3', {textContent: 'Objective'}), figure];
}

function counted(image, boxes, missed) {
  const count = {};
  boxes.forEach(box => { const state = data.states[box[6]]; count[state] = (count[state] || 0) + 1; });
  const lost = image.t.filter(object => object[missed]).length;
  if (lost) count.missed = lost;
  return Object.entries(count).map(([state, n]) => `${n} ${said(state)}`).join(', ') || 'nothing found';
}

function detections(image) {
  if (image.g) {
    const [truth, clean, rainy] = image.g.map(label => label === null || label === undefined ? 'unknown' : className(label));
    return list('Seen as', [`true class: ${truth}`, `clean: ${clean}`, `in rain: ${rainy}`]);
  }
  const line = box => `${className(box[5])}, ${box[4]} %: ${said(data.states[box[6]])}`;
  const all = make('details', {}, make('summary', {textContent: 'All detections'}),
    ...list('Clean', image.c.map(line)), ...list('In rain', image.r.map(line)),
    ...list('Missed in rain', image.t.filter(o => o[6]).map(o => className(o[4]))));
  return [...list('Detections', [`clean: ${counted(image, image.c, 5)}`, `in rain: ${counted(image, image.r, 6)}`]), all];
}

function about(image) {
  el('about').replaceChildren(
    make('p', {}, make('strong', {textContent: grown(image)})),
    ...list('Rain', image.w), ...detections(image), ...curve(image),
    ...list('Flags', image.f.map(i => data.flags[i])), ...list('Problems', image.q));
}

function look(index) {
  current = Math.min(Math.max(index, 0), chosen.length - 1);
  const image = chosen[current];
  el('viewer-name').textContent = image.n;
  stage.style.aspectRatio = `${image.s[0]} / ${image.s[1]}`;
  stage.style.maxWidth = `calc(62dvh * ${image.s[0] / image.s[1]})`;
  source(el('clean'), image, 'clean', 0);
  source(el('rainy'), image, 'rainy', 1);
  source(el('rain'), image, 'rain', 2);
  el('clean').alt = `${image.n}, clean`;
  el('rainy').alt = `${image.n}, in adversarial rain`;
  el('rain').alt = `${image.n}, the rain alone`;
  el('alone').disabled = image.p[2] !== '1';
  if (el('alone').disabled) el('alone').checked = false;
  el('full-rainy').href = `adversarial/${address(image.n)}.png`;
  el('earlier').disabled = current === 0;
  el('later').disabled = current === chosen.length - 1;
  drawAll();
  about(image);
  wiped();
}

function openViewer(index) {
  look(index);
  viewer.showModal();
  wipe.focus({preventScroll: true});
}

function drag(event) {
  if (event.type === 'pointermove' && !event.buttons || wipe.disabled) return;
  const box = stage.getBoundingClientRect();
  wipe.value = 100 * (event.clientX - box.left) / box.width;
  wiped();
}

wipe.addEventListener('input', wiped);
stage.addEventListener('pointerdown', event => { event.preventDefault(); drag(event); });
stage.addEventListener('pointermove', drag);
el('earlier').addEventListener('click', () => look(current - 1));
el('later').addEventListener('click', () => look(current + 1));
el('close').addEventListener('click', () => viewer.close());
['alone', 'show-found', 'show-truth', 'show-names'].forEach(id => el(id) && el(id).addEventListener('change', drawAll));
viewer.addEventListener('keydown', event => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === 'n' && !el('later').disabled) look(current + 1);
  if (event.key === 'p' && !el('earlier').disabled) look(current - 1);
});
// back to the page that holds the image which was looked at last
viewer.addEventListener('close', () => {
  show(Math.floor(current / PAGE));
  const button = el('cards').querySelectorAll('button')[current % PAGE];
  if (button) button.focus();
});
