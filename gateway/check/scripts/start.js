// Before everything else, and for every browser: what cannot start leaves the way to the online check.
document.documentElement.className = "scripted";
window.addEventListener("error", function () {
  if (!document.documentElement.dataset.ready) document.documentElement.className = "";
});
