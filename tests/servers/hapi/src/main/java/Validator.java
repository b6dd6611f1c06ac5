import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * HL7's instance validator with the definitions of FHIR R4, on loopback: a resource in, an OperationOutcome out.
 * Nothing is fetched from anywhere. Argument: the port. For tests only.
 */
public final class Validator {
  public static void main(String[] arguments) throws IOException {
    var validator = validator();
    // Definitions are read when the first resource is validated: do that before anybody waits for it.
    validator.validateWithResult("{\"resourceType\":\"Bundle\",\"type\":\"collection\"}");
    var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
    var server = HttpServer.create(here, 0);
    server.createContext("/", exchange -> answer(exchange, validator));
    server.setExecutor(Executors.newFixedThreadPool(2));
    server.start();
  }

  private static FhirValidator validator() {
    var context = FhirContext.forR4();
    var unknownSystems = new UnknownCodeSystemWarningValidationSupport(context);
    var definitions =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new SnapshotGeneratingValidationSupport(context),
            unknownSystems);
    var rules = new FhirInstanceValidator(definitions);
    return context.newValidator().registerValidatorModule(rules);
  }

  private static void answer(HttpExchange exchange, FhirValidator validator) throws IOException {
    try (exchange) {
      var resource = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      if (resource.isEmpty()) {
        exchange.sendResponseHeaders(204, -1);
        return;
      }
      var outcome = validator.validateWithResult(resource).toOperationOutcome();
      var said = FhirContext.forR4Cached().newJsonParser().encodeResourceToString(outcome);
      var bytes = said.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/fhir+json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}
