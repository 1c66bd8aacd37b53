// The printed report: the dialogue opens by itself once all rows are there, and again by the button.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => print());
if (document.getElementById("end")) {
  addEventListener("load", () => print());
}
