'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const el = id => document.getElementById(id);
const PAGE = 24;
const form = el('filters');
let chosen = data.images, page = 0;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  Object.assign(node, attributes);
  node.append(...children);
  return node;
}

// names may hold any character but the slash between folders
const address = path => path.split('/').map(encodeURIComponent).join('/');
const picture = (image, kind) => `${address(data.folder)}/${kind}/${address(image.n)}.jpg`;
const className = label => data.classes[label] ?? `class ${label}`;
const grown = image => image.h ? `F1 ${image.h[0]} → ${image.h[1]} %`
  : image.d === null ? 'damage not known' : `loss ${image.d > 0 ? '+' : ''}${image.d.toFixed(3)}`;
const has = (image, label) => ['t', 'c', 'r'].some(part =>
  (image[part] || []).some(box => box[part === 't' ? 4 : 5] === label));

function options(select, names) {
  names.forEach(([value, name]) => select.append(make('option', {value, textContent: name})));
}

function fillFilters() {
  options(form.elements.flag, data.flags.map((name, i) => [i, name]));
  if (!form.elements.label) return;
  const used = new Set(data.images.flatMap(image => [
    ...image.t.map(box => box[4]), ...image.c.map(box => box[5]), ...image.r.map(box => box[5])]));
  options(form.elements.label, [...used].sort((a, b) => a - b).map(label => [label, className(label)]));
}

function filter() {
  const {label, flag, damage, name, order} = form.elements;
  const number = element => element && element.value !== '' ? Number(element.value) : null;
  const wanted = {label: number(label), flag: number(flag), damage: number(damage)};
  const text = name.value.trim().toLowerCase();
  chosen = data.images.filter(image =>
    (wanted.label === null || has(image, wanted.label)) &&
    (wanted.flag === null || image.f.includes(wanted.flag)) &&
    (wanted.damage === null || (image.d !== null && image.d >= wanted.damage)) &&
    image.n.toLowerCase().includes(text));
  if (order.value === 'least') chosen.reverse();
  if (order.value === 'name') chosen.sort((a, b) => a.n < b.n ? -1 : a.n > b.n ? 1 : 0);
  show(0);
}

function card(image, index) {
  const face = make('img', {src: picture(image, 'rainy'), alt: '', loading: 'lazy', decoding: 'async'});
  const label = make('span', {className: image.d > 0 ? 'much' : '', textContent: grown(image)});
  const button = make('button', {type: 'button'}, face, make('span', {textContent: image.n}), label);
  if (image.f.length) button.append(make('span', {textContent: 'flags: ' + image.f.map(i => data.flags[i]).join(', ')}));
  button.addEventListener('click', () => openViewer(index));
  return make('li', {}, button);
}

function show(number) {
  const pages = Math.max(Math.ceil(chosen.length / PAGE), 1);
  page = Math.min(Math.max(number, 0), pages - 1);
  const first = page * PAGE;
  const shown = chosen.slice(first, first + PAGE);
  el('cards').replaceChildren(...shown.map((image, i) => card(image, first + i)));
  el('before').disabled = page === 0;
  el('after').disabled = page === pages - 1;
  el('count').textContent = `${chosen.length.toLocaleString('en')} of ${data.images.length.toLocaleString('en')} images, page ${page + 1} of ${pages}`;
}

form.addEventListener('input', filter);
form.addEventListener('submit', event => event.preventDefault());
form.addEventListener('reset', () => setTimeout(filter));
el('before').addEventListener('click', () => show(page - 1));
el('after').addEventListener('click', () => show(page + 1));
fillFilters();
show(0);
