// Shows the schema with Swagger UI, which comes with the site.

const place = document.getElementById("api-docs");

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  docExpansion: "none",
  // Its own validator lies elsewhere.
  validatorUrl: null,
});
