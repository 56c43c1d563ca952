/* Layers of polygons: cells of each scene, scripts that are loaded when they come into view. */
"use strict";
(function () {
  const held = new Map(), waiting = new Map();
  const mostHeld = 160, leastSide = 256;  /* cells; pixels of a cell on the screen */

  /* Every script of a cell calls this. */
  window.webMapCell = (key, pieces) => waiting.get(key)?.(pieces.map(decode));

  function decode([number, kind, area, share, encoded]) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const rings = encoded.map((steps) => {
      const ring = new Int32Array(steps.length);
      for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
        ring[i] = x += steps[i];
        ring[i + 1] = y += steps[i + 1];
        box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
      }
      return ring;
    });
    return { number, kind, area, share, rings, box };
  }

  /* The pieces of a cell, from its script; none where the file is gone. */
  function load(key) {
    let cell = held.get(key);
    if (cell) held.delete(key);
    else {
      cell = new Promise((resolve) => {
        const end = (pieces) => { waiting.delete(key); script.remove(); resolve(pieces); };
        const script = webMap.make("script", { src: `${webMap.folder}cells/${key}.js`, onerror: () => end([]) });
        waiting.set(key, end);
        document.head.append(script);
      });
    }
    held.set(key, cell);
    if (held.size > mostHeld) held.delete(held.keys().next().value);
    return cell;
  }

  /* Row and column of the corner of the first cell, in pixels of the finest zoom. */
  const rowOf = (part) => part.window[0] - part.margin, columnOf = (part) => part.window[1] - part.margin;
  const cellsOf = (part) => part.names || (part.names = new Set(part.cells));
  const alone = (part) => part.cells.length === 1;

  /* Cells of a part in a box of its pixels: key and corner. */
  function cellsIn(part, left, top, right, bottom) {
    const cells = [], { side } = part;
    for (let row = Math.max(0, Math.floor(top / side)); row * side < bottom; row += 1) {
      for (let column = Math.max(0, Math.floor(left / side)); column * side < right; column += 1) {
        if (cellsOf(part).has(`${row}_${column}`)) cells.push({ key: `${part.key}/${row}_${column}`, row, column });
      }
    }
    return cells;
  }

  /* Draws rings, but not what runs along the border of a cell, where polygons were cut. */
  function trace(context, piece, edge) {
    for (const ring of piece.rings) {
      let x = ring[ring.length - 2], y = ring[ring.length - 1];
      context.moveTo(x, y);
      for (let i = 0; i < ring.length; i += 2) {
        const cut = (x === ring[i] && (x === 0 || x === edge)) || (y === ring[i + 1] && (y === 0 || y === edge));
        x = ring[i]; y = ring[i + 1];
        if (cut) context.moveTo(x, y); else context.lineTo(x, y);
      }
    }
  }

  webMap.SceneOutlines = L.GridLayer.extend({
    initialize: function (part, colors, width, options) {
      Object.assign(this, { part, colors, width });
      const zooms = { tileSize: webMap.tileSize, minZoom: 0, maxZoom: webMap.greatestZoom, noWrap: true, keepBuffer: 1 };
      L.GridLayer.prototype.initialize.call(this, Object.assign(zooms, options));
    },
    _pxBoundsToTileRange: function (bounds) {
      return webMap.clipTiles(L.GridLayer.prototype._pxBoundsToTileRange.call(this, bounds), this.part, this._tileZoom);
    },
    createTile: function (place, done) {
      const size = webMap.tileSize, sharp = Math.min(2, window.devicePixelRatio || 1);
      const canvas = webMap.make("canvas", { width: size * sharp, height: size * sharp });
      const { part } = this, scale = 2 ** (place.z - part.finest);
      if (part.side * scale < leastSide && !alone(part)) {
        setTimeout(done, 0, null, canvas);
        return canvas;
      }
      const left = place.x * size / scale - columnOf(part), top = place.y * size / scale - rowOf(part);
      const box = [left, top, left + size / scale, top + size / scale];
      const cells = cellsIn(part, ...box);
      Promise.all(cells.map((cell) => load(cell.key))).then((loaded) => {
        const context = canvas.getContext("2d");
        loaded.forEach((pieces, n) => this._draw(context, pieces, cells[n], box, scale * sharp));
        done(null, canvas);
      });
      return canvas;
    },
    _draw: function (context, pieces, cell, box, scale) {
      const { side, steps } = this.part, edge = side * steps;
      const x = (cell.column * side - box[0]) * scale, y = (cell.row * side - box[1]) * scale;
      const units = (value, origin) => (value - origin * side) * steps, margin = 4 * steps / scale;
      const [left, top] = [units(box[0], cell.column) - margin, units(box[1], cell.row) - margin];
      const [right, bottom] = [units(box[2], cell.column) + margin, units(box[3], cell.row) + margin];
      const near = pieces.filter(({ box: [a, b, c, d] }) => c >= left && d >= top && a <= right && b <= bottom);
      context.lineJoin = "round";
      for (const casing of [true, false]) {
        for (const piece of near) {
          context.setTransform(scale / steps, 0, 0, scale / steps, x, y);
          context.beginPath();
          trace(context, piece, edge);
          context.setTransform(1, 0, 0, 1, 0, 0);
          context.lineWidth = (casing ? this.width + 1 : this.width) * Math.min(2, window.devicePixelRatio || 1);
          context.strokeStyle = casing ? "rgba(16, 20, 24, .4)" : this.colors[piece.kind] || "#fff";
          context.stroke();
        }
      }
    },
  });

  webMap.makeOutlines = function (layer, pane) {
    const colors = layer.legend.map((known) => known.color), width = layer.kind === "objects" ? 2 : 1.2;
    const parts = Object.values(layer.scenes);
    return L.layerGroup(parts.map((part) => (part.layer = new webMap.SceneOutlines(part, colors, width, { pane }))));
  };

  /* Whether some polygons in a view are too many to be drawn at this zoom. */
  webMap.tooFar = (layer, zoom) => Object.values(layer.scenes).some(
    (part) => !alone(part) && part.side * 2 ** (zoom - part.finest) < leastSide);

  /* Even-odd rule: whether a place is inside the rings. */
  function holds(piece, x, y) {
    let inside = false;
    for (const ring of piece.rings) {
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const [ax, ay, bx, by] = [ring[i], ring[i + 1], ring[j], ring[j + 1]];
        if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
      }
    }
    return inside;
  }

  /* The polygons at a place: piece, part, cell, scene; those of the scene in front first, then the smallest. */
  webMap.polygonsAt = async function (layer, place) {
    const { plane } = webMap.content, hits = [];
    for (const [scene, part] of Object.entries(layer.scenes)) {
      const pixel = webMap.pixelAt(part.finest);
      const x = (place.lng - plane.left) / pixel - columnOf(part), y = (plane.top - place.lat) / pixel - rowOf(part);
      for (const cell of cellsIn(part, x, y, x + 1e-9, y + 1e-9)) {
        const across = (x - cell.column * part.side) * part.steps, down = (y - cell.row * part.side) * part.steps;
        for (const piece of await load(cell.key)) {
          if (holds(piece, across, down)) hits.push({ piece, part, cell, scene });
        }
      }
    }
    const behind = (hit) => Number(hit.scene !== webMap.front);
    return hits.sort((a, b) => behind(a) - behind(b) || a.piece.area - b.piece.area);
  };

  /* The outline of a polygon as lines of places, from cell to cell, up to 40 cells. */
  webMap.outlineOf = async function ({ piece, part, cell }) {
    const lines = [], seen = new Set(), open = [cell], edge = part.side * part.steps;
    while (open.length && seen.size < 40) {
      const own = open.shift();
      if (seen.has(own.key)) continue;
      seen.add(own.key);
      for (const same of (await load(own.key)).filter((other) => other.number === piece.number)) {
        collect(same, part, own, edge, lines);
        const [left, top, right, bottom] = same.box, { row, column } = own;
        const beside = [[left <= 0, 0, -1], [top <= 0, -1, 0], [right >= edge, 0, 1], [bottom >= edge, 1, 0]];
        for (const [there, down, across] of beside) {
          const name = `${row + down}_${column + across}`;
          if (there && cellsOf(part).has(name)) open.push({ key: `${part.key}/${name}`, row: row + down, column: column + across });
        }
      }
    }
    return lines;
  };

  function collect(piece, part, cell, edge, lines) {
    const { plane } = webMap.content, pixel = webMap.pixelAt(part.finest);
    const place = (x, y) => L.latLng(
      plane.top - (rowOf(part) + cell.row * part.side + y / part.steps) * pixel,
      plane.left + (columnOf(part) + cell.column * part.side + x / part.steps) * pixel);
    trace({
      moveTo: (x, y) => lines.push([place(x, y)]),
      lineTo: (x, y) => lines[lines.length - 1].push(place(x, y)),
    }, piece, edge);
  }
})();
