import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.test.config.TestHSearchAddInConfig;
import ca.uhn.fhir.jpa.test.config.TestR4Config;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** The HAPI FHIR JPA server on an H2 database in memory, on loopback. Argument: the port. For tests only. */
public final class FhirServer {
  private static final int SMALL_PAGES = 5;

  public static void main(String[] arguments) throws Exception {
    var beans = new AnnotationConfigApplicationContext();
    beans.register(TestR4Config.class, TestHSearchAddInConfig.NoFT.class);
    beans.refresh();
    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(arguments[0]));
    server.addConnector(connector);
    var handler = new ServletContextHandler();
    handler.addServlet(new ServletHolder(servlet(beans)), "/fhir/*");
    server.setHandler(handler);
    server.start();
    server.join();
  }

  private static RestfulServer servlet(AnnotationConfigApplicationContext beans) {
    var servlet = new RestfulServer(beans.getBean(FhirContext.class));
    servlet.registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
    servlet.registerProvider(beans.getBean(JpaSystemProvider.class));
    var pages = beans.getBean(DatabaseBackedPagingProvider.class);
    pages.setDefaultPageSize(SMALL_PAGES);
    pages.setMaximumPageSize(SMALL_PAGES);
    servlet.setPagingProvider(pages);
    servlet.setDefaultResponseEncoding(EncodingEnum.JSON);
    servlet.setServerConformanceProvider(
        new JpaCapabilityStatementProvider(
            servlet,
            beans.getBean(IFhirSystemDao.class),
            beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class),
            beans.getBean(IValidationSupport.class)));
    return servlet;
  }
}
