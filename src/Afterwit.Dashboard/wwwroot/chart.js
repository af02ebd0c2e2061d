// Small charts by uPlot, where the build had it; without it a page shows the numbers alone.

/** A line for each name over the last five minutes. Returns what takes the next data: (times in seconds, [values, ...]). Null without uPlot. */
export function chart(element, names, signal) {
  const Plot = window.uPlot;
  if (Plot === undefined) return null;
  let plot = null;
  let shown = [[], ...names.map(() => [])];
  const draw = () => {
    plot?.destroy();
    const styles = getComputedStyle(element);
    const colours = ['--line-1', '--line-2', '--line-3'].map((name) => resolved(element, styles.getPropertyValue(name)));
    plot = new Plot({
      width: Math.max(80, element.clientWidth), height: 64, legend: { show: false }, cursor: { show: false }, padding: [4, 0, 2, 0],
      scales: { x: { time: true }, y: { range: (_, least, most) => [0, Math.max(most, 0.001) * 1.1] } },
      axes: [{ show: false }, { show: false }],
      series: [{}, ...names.map((label, i) => ({ label, stroke: colours[i], width: 1.5, points: { show: false }, fill: names.length === 1 ? resolved(element, styles.getPropertyValue('--line-fill')) : undefined }))],
    }, shown, element);
  };
  const sizes = new ResizeObserver(() => { if (plot === null) draw(); else plot.setSize({ width: Math.max(80, element.clientWidth), height: 64 }); });
  sizes.observe(element);
  addEventListener('themechange', draw, { signal });
  signal.addEventListener('abort', () => { sizes.disconnect(); plot?.destroy(); plot = null; });
  return (times, lines) => { shown = [times, ...lines]; plot?.setData(shown); };
}

/** A colour as a canvas takes it: what the style sheet makes of it in this theme. */
function resolved(element, colour) {
  const probe = document.createElement('i');
  probe.style.color = colour;
  element.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
