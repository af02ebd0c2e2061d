// Runs before the page is painted, so that a chosen theme does not flash.
(() => {
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem('theme') ?? ''; } catch { return ''; } };
  const apply = (theme) => theme === '' ? root.removeAttribute('data-theme') : root.setAttribute('data-theme', theme);
  apply(kept());
  addEventListener('DOMContentLoaded', () => {
    const select = document.getElementById('theme');
    select.value = kept();
    select.addEventListener('change', () => {
      apply(select.value);
      try { localStorage.setItem('theme', select.value); } catch { /* private window: it holds for this page */ }
      dispatchEvent(new Event('themechange'));
    });
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new Event('themechange')));
})();
