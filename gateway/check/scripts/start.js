// Before everything else, and for every browser: what does not run leaves the way to the online check.
document.documentElement.className = "scripted";
window.addEventListener("error", function () {
  document.documentElement.className = "";
});
